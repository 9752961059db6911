/** One of our own services in a process of its own. Its log lines go to whoever listens. */
import { fileURLToPath } from "node:url"
import { startServer, tether } from "@outlayer/testing/servers"
import { z } from "zod"

/**
 * Where Node keeps what it has compiled, checked against the sources: half of a start of ours goes
 * into that. Only of stacks: what protects somebody's secrets starts from its sources.
 */
const COMPILED = fileURLToPath(new URL("../../../node_modules/.cache/node", import.meta.url))

/** Of our own process, for one of ours in Node. */
export function inheritLittle(): Env {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: COMPILED }
}

/** A line of pino's: the message names an event, the other fields are its facts. */
export const LogLine = z.looseObject({
  service: z.string(),
  msg: z.string(),
  level: z.number(),
  address: z.string().optional(),
  /** Added by us: the worker's name. */
  worker: z.string().optional(),
})
export type LogLine = z.infer<typeof LogLine>

/** `text`: as it was printed. */
export type OnLog = (line: LogLine, text: string) => void

/** What a service is given for itself alone, by the name that it has in its environment. */
export type OnSecret = (name: string, value: string) => void

/** `undefined` takes away what would be set otherwise. */
export type Env = Record<string, string | undefined>

export interface ServiceOptions {
  /** Program and arguments. */
  command: string[]
  env: Env
  /** The message that says: it is up. */
  ready: string
  onLog: OnLog
  onSecret: OnSecret
}

/** Resolves once the service has said that it is up; its address is what that line gives. */
export function startService({ command, env, ready, onLog, onSecret }: ServiceOptions) {
  for (const [name, value] of Object.entries(env)) {
    if (SECRET.test(name) && value !== undefined) onSecret(name, value)
  }
  const pass = (text: string) => {
    const line = readLine(text)
    onLog(line, text)
    return line.msg === ready ? (line.address ?? "up") : undefined
  }
  return startServer([...tether("TERM"), ...command], { ...inheritLittle(), ...env }, pass, pass)
}

const SECRET = /(_PRIVATE_KEY|_TOKEN|_PASSPHRASE)$/

/** A process that logs by no rule of ours. */
export function asLine(service: string, onLog: OnLog): (text: string) => void {
  return (text) => onLog({ service, msg: text, level: 0 }, text)
}

/** What is no line of a log counts as one that names no event. */
function readLine(text: string): LogLine {
  const line = text.startsWith("{") ? LogLine.safeParse(JSON.parse(text)).data : undefined
  return line ?? { service: "", msg: text, level: 0 }
}
