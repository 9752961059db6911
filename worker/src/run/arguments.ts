/** The command line of `npm run -s run`, in wasmtime's form: options, the module, the guest's own. */
import { LIMITS } from "@outlayer/protocol/pure"
import { parseAuthority } from "../sandbox/http/authority.ts"
import { LEVELS, type Level, type RunLimits } from "../sandbox/sandbox.ts"

export interface Folder {
  host: string
  /** In the guest, without a slash before it; empty is its root, else a slash ends it. */
  guest: string
}

export interface Command {
  module: string
  arguments: string[]
  environment: Record<string, string>
  folders: Folder[]
  /** Hosts that the guest may ask, `host` or `host:port`. */
  hosts: string[]
  limits: RunLimits
  minLevel: Level
  showsStats: boolean
  receipt?: string
  transcript?: string
}

export class UsageError extends Error {
  override readonly name = "UsageError"
}

export const USAGE = `usage: npm run -s run -- [OPTION ...] MODULE.wasm [ARG ...]

  --env K=V             a variable of the guest's environment; K alone takes ours
  --dir HOST::GUEST     a folder, copied into the guest's own files and back after the run
  --http HOST:PORT      a host that the guest may ask over HTTP or HTTPS, be it this machine itself
  --receipt FILE        what was run, as hashes and figures
  --transcript FILE     what else it takes to run it again: replay RECEIPT TRANSCRIPT
  --stats               fuel, time and price, on stderr
  --max-instructions N  ${LIMITS.instructions.max} unless told, the most that a request may ask for
  --max-memory-mb N     ${LIMITS.memoryMb.max}
  --seconds N           ${LIMITS.executionSeconds.max}
  --max-output-bytes N  64 MiB; of a request on chain it is ${LIMITS.outputBytes}
  --level LEVEL         the weakest isolation to accept: ${LEVELS.join(", ")} (the first unless told)
`

const MB = 1024 * 1024
const MAX_OUTPUT_BYTES = 256 * MB

/** `undefined` where help was asked for. `ours` is what `--env K` takes from. */
export function parseCommand(
  words: readonly string[],
  ours: Readonly<Record<string, string | undefined>>,
): Command | undefined {
  const command: Command = {
    module: "",
    arguments: [],
    environment: {},
    folders: [],
    hosts: [],
    limits: {
      maxInstructions: BigInt(LIMITS.instructions.max),
      maxMemoryMb: LIMITS.memoryMb.max,
      maxExecutionMs: LIMITS.executionSeconds.max * 1_000,
      maxOutputBytes: 64 * MB,
    },
    minLevel: "process",
    showsStats: false,
  }
  const options: Record<string, (value: string) => void> = {
    "--env": (value) => setVariable(command.environment, value, ours),
    "--dir": (value) => void command.folders.push(parseFolder(value)),
    "--http": (value) => void command.hosts.push(parseHost(value)),
    "--receipt": (value) => (command.receipt = value),
    "--transcript": (value) => (command.transcript = value),
    "--max-instructions": (value) =>
      (command.limits.maxInstructions = BigInt(whole(value, LIMITS.instructions.max))),
    "--max-memory-mb": (value) => (command.limits.maxMemoryMb = whole(value, LIMITS.memoryMb.max)),
    "--seconds": (value) =>
      (command.limits.maxExecutionMs = whole(value, LIMITS.executionSeconds.max) * 1_000),
    "--max-output-bytes": (value) =>
      (command.limits.maxOutputBytes = whole(value, MAX_OUTPUT_BYTES)),
    "--level": (value) => (command.minLevel = parseLevel(value)),
  }

  const rest = [...words]
  for (;;) {
    const word = rest.shift()
    if (word === undefined) throw new UsageError("There is no module to run")
    if (word === "--help" || word === "-h") return undefined
    if (word === "--stats") {
      command.showsStats = true
    } else if (!word.startsWith("-") || word === "--") {
      const module = word === "--" ? rest.shift() : word
      if (module === undefined) throw new UsageError("There is no module to run")
      checkFolders(command.folders)
      return { ...command, module, arguments: rest }
    } else {
      const [, name = "", value = rest.shift()] = /^(--[^=]*)(?:=(.*))?$/s.exec(word) ?? []
      const take = Object.hasOwn(options, name) ? options[name] : undefined
      if (!take) throw new UsageError(`There is no option ${word}`)
      if (value === undefined) throw new UsageError(`${name} wants a value`)
      take(value)
    }
  }
}

function setVariable(
  environment: Record<string, string>,
  text: string,
  ours: Readonly<Record<string, string | undefined>>,
): void {
  const at = text.indexOf("=")
  const name = at < 0 ? text : text.slice(0, at)
  const value = at < 0 ? ours[text] : text.slice(at + 1)
  if (name === "" || text.includes("\0")) throw new UsageError(`--env wants K=V, not ${text}`)
  // As wasmtime does with one that we do not have.
  if (value === undefined) return
  Object.defineProperty(environment, name, { value, enumerable: true, configurable: true })
}

/** `HOST::GUEST`; a host's folder alone is the guest's root. */
function parseFolder(text: string): Folder {
  const at = text.lastIndexOf("::")
  const [host, path] = at < 0 ? [text, "/"] : [text.slice(0, at), text.slice(at + 2)]
  const names = path.split("/").filter((name) => name !== "" && name !== ".")
  if (host === "" || path === "" || names.includes("..") || path.includes("\0")) {
    throw new UsageError(`--dir wants HOST::GUEST, like ./data::/, not ${text}`)
  }
  return { host, guest: names.map((name) => `${name}/`).join("") }
}

function parseHost(text: string): string {
  if (!parseAuthority(text, "https")) {
    throw new UsageError(`--http wants HOST:PORT, like api.example.com:443, not ${text}`)
  }
  return text
}

function checkFolders(folders: readonly Folder[]): void {
  const places = folders.map(({ guest }) => guest)
  if (new Set(places).size < places.length) {
    throw new UsageError("Two folders cannot be in one place of the guest")
  }
}

function parseLevel(text: string): Level {
  const level = LEVELS.find((name) => name === text)
  if (!level) throw new UsageError(`--level is one of ${LEVELS.join(", ")}`)
  return level
}

function whole(text: string, most: number): number {
  const value = Number(text)
  if (!/^[1-9]\d*$/.test(text) || value > most) {
    throw new UsageError(`"${text}" is no number from 1 to ${most}`)
  }
  return value
}
