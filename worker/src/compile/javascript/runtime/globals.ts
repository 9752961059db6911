/** What a guest finds beside the language itself. Loaded before any module of its own. */
import { GuestHeaders, GuestResponse, guestFetch } from "./fetch.ts"
import { addJob, GuestPromise } from "./promise.ts"
import { guestCrypto, randomNumber } from "./random.ts"
import { writeLog } from "./streams.ts"
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts"
import { clearTimer, setRepeatingTimer, setTimer } from "./timers.ts"

/** Standard output is the guest's answer: what it logs goes to the operator. */
const log = (...values: unknown[]) => writeLog(values.map(show).join(" "))

Math.random = randomNumber

Object.assign(globalThis, {
  Promise: GuestPromise,
  queueMicrotask: addJob,
  setTimeout: setTimer,
  clearTimeout: clearTimer,
  setInterval: setRepeatingTimer,
  clearInterval: clearTimer,
  TextEncoder: GuestTextEncoder,
  TextDecoder: GuestTextDecoder,
  crypto: guestCrypto,
  console: { log, info: log, warn: log, error: log, debug: log, trace: log },
  fetch: guestFetch,
  Headers: GuestHeaders,
  Response: GuestResponse,
  self: globalThis,
})

function show(value: unknown): string {
  if (typeof value === "string") return value
  if (value instanceof Error) return `${String(value)}\n${value.stack ?? ""}`.trimEnd()
  try {
    return JSON.stringify(value) ?? `(${typeof value})`
  } catch {
    return "(an object that refers to itself)"
  }
}
