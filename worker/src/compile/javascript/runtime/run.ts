/** One run: the guest's main function, over its input, to the end of what it promised. */
import environment from "wasi:cli/environment@0.2.6"
import { GuestPromise, takeUnhandled } from "./promise.ts"
import { startRunning } from "./stage.ts"
import { readInput, writeLog, writeOutput } from "./streams.ts"
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts"
import { runUntil } from "./timers.ts"

type Main = (
  input: string,
  context: { env: Record<string, string>; inputBytes: Uint8Array },
) => unknown

/** Throws for WASI's "failed": the process ends with code 1. */
export function runMain(main: unknown): void {
  startRunning()
  try {
    if (typeof main !== "function") throw new TypeError("The entry has no default function")
    const inputBytes = readInput()
    const input = new GuestTextDecoder().decode(inputBytes)
    const env = Object.fromEntries(environment.getEnvironment())
    const promise = GuestPromise.try(() => (main as Main)(input, { env, inputBytes }))
    // Looked at here.
    promise.catch(() => {})
    runUntil(() => promise.state !== "pending")
    if (promise.state === "rejected") throw promise.value
    if (promise.state === "pending") throw new Error("The main function waits for nothing")
    const ignored = takeUnhandled()
    if (ignored) throw ignored.reason
    writeOutput(outputOf(promise.value))
  } catch (error) {
    writeLog(describe(error))
    // oxlint-disable-next-line typescript/only-throw-error -- the engine's form of an empty error
    throw undefined
  }
}

/** Text and bytes as they are, nothing for nothing, all else as JSON. */
function outputOf(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array()
  if (value instanceof Uint8Array) return value
  const text = typeof value === "string" ? value : JSON.stringify(value)
  if (text === undefined) throw new TypeError("What the main function returned is no JSON")
  return new GuestTextEncoder().encode(text)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${String(error)}`
  return `${String(error)}\n${error.stack ?? ""}`.trimEnd()
}
