import { parseArgs } from "node:util"

export type Command =
  | { name: "version" }
  | { name: "init"; home: string; fast: boolean; chainId: string }
  | { name: "dump-state"; home: string; isStream: boolean }
  | RunCommand
  | { name: "help" }

export interface RunCommand {
  name: "run"
  home: string
  host: string
  port: number
  instant: boolean
  blockMs: number
  yieldTimeoutBlocks: number
}

export class UsageError extends Error {}

export const USAGE = `near-sandbox --home D init [--fast] [--chain-id ID]
near-sandbox --home D run [--rpc-addr HOST:PORT] [--instant] [--block-ms N] [--yield-timeout-blocks N]
near-sandbox --home D view-state dump-state [--stream]
near-sandbox --version`

/** Options that the real binary has and this one does not are passed over. Throws UsageError. */
export function readCommandLine(args: string[], defaultHome: string): Command {
  const { values, positionals } = parseArgs({
    args,
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
  })
  if (values["version"] === true) return { name: "version" }
  const home = text(values["home"]) ?? defaultHome
  const [command, subcommand] = positionals
  if (command === "init") {
    return {
      name: "init",
      home,
      fast: values["fast"] === true,
      chainId: text(values["chain-id"]) ?? "localnet",
    }
  }
  if (command === "run") return runCommand(home, values)
  if (command === "view-state" && subcommand === "dump-state") {
    return { name: "dump-state", home, isStream: values["stream"] === true }
  }
  return { name: "help" }
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** Named so that their values are not taken for commands. */
const OPTIONS = {
  home: { type: "string" },
  version: { type: "boolean", short: "V" },
  fast: { type: "boolean" },
  "chain-id": { type: "string" },
  "account-id": { type: "string" },
  "test-seed": { type: "string" },
  "rpc-addr": { type: "string" },
  "network-addr": { type: "string" },
  "boot-nodes": { type: "string" },
  instant: { type: "boolean" },
  "block-ms": { type: "string" },
  "yield-timeout-blocks": { type: "string" },
  stream: { type: "boolean" },
} as const

function runCommand(home: string, values: Values): RunCommand {
  const address = text(values["rpc-addr"]) ?? "127.0.0.1:3030"
  const at = address.lastIndexOf(":")
  const port = Number(address.slice(at + 1))
  if (at === -1 || !Number.isInteger(port))
    throw new UsageError(`--rpc-addr ${address}: no HOST:PORT`)
  return {
    name: "run",
    home,
    host: address.slice(0, at),
    port,
    instant: values["instant"] === true,
    blockMs: count("block-ms", values) ?? 600,
    yieldTimeoutBlocks: count("yield-timeout-blocks", values) ?? 200,
  }
}

function count(name: string, values: Values): number | undefined {
  const given = text(values[name])
  if (given === undefined) return undefined
  const value = Number(given)
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`--${name} ${given}: no count`)
  return value
}

function text(value: Values[string]): string | undefined {
  return typeof value === "string" ? value : undefined
}
