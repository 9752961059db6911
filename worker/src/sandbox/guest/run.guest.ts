/** Runs one guest from its module to its outcome. */
import vm from "node:vm"
import { GuestHttp } from "../http/guest-http.guest.ts"
import { endingOfGlue, prepareComponent } from "../component/run-component.guest.ts"
import { VirtualClock } from "../wasi/clock.guest.ts"
import { FileSystem } from "../wasi/files/file-system.guest.ts"
import { fillFileSystem, type GivenFile } from "../wasi/files/given-files.guest.ts"
import { listFiles } from "../wasi/files/left-files.guest.ts"
import { Fuel } from "../wasi/fuel.guest.ts"
import type { Host } from "../wasi/host.guest.ts"
import { Randomness } from "../wasi/randomness.guest.ts"
import { Stderr, Stdin, Stdout } from "../wasi/streams.guest.ts"
import { FRAME, type GuestOutcome, type RunJob } from "../wire.ts"
import { type Counters, endingOf } from "./ending.guest.ts"
import { prepareCommand } from "./run-command.guest.ts"
import type * as pipe from "./pipe.guest.ts"

/**
 * Bytes of frames, as metering weighs them: those of V8's baseline compiler take up to twice as
 * much, and `--stack-size` leaves room for seven times.
 */
const STACK_BYTES = 2 * 1024 * 1024

const NOTHING = new Uint8Array(0)

/** The worker, as a run sees it. */
export type Channel = Pick<typeof pipe, "writeFrame" | "writeReport" | "askForStdin" | "askForHttp">

export function run(
  job: RunJob,
  [wasm = NOTHING, code = NOTHING, stdin = NOTHING, contents = NOTHING]: Uint8Array[],
  channel: Channel,
): void {
  const { writeFrame } = channel
  const limit = BigInt(job.maxInstructions)
  const left = new WebAssembly.Global({ value: "i64", mutable: true }, limit)
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, STACK_BYTES)
  const fuel = new Fuel(left, limit, (used) => {
    writeFrame(FRAME.fuel, new Uint8Array(BigUint64Array.of(used).buffer))
  })
  const counters: Counters = { fuel, globals: { fuel: left, stack }, refusals: [] }
  const stdout = new Stdout(job.maxOutputBytes, (bytes) => writeFrame(FRAME.output, bytes))
  // Whoever watches sees what the guest wrote before, in its order.
  const tellErrors = (bytes: Uint8Array) => {
    stdout.flush()
    writeFrame(FRAME.errors, bytes)
  }
  const askForInput = () => {
    stdout.flush()
    return channel.askForStdin()
  }
  const stderr = new Stderr(job.tellsErrors ? tellErrors : undefined)
  const clock = new VirtualClock(BigInt(job.wallClockNs), fuel)
  const files = job.files && new FileSystem(counters.fuel, clock)
  const host: Host = {
    fuel,
    clock,
    random: new Randomness(Buffer.from(job.seed, "base64"), fuel),
    arguments: job.arguments,
    environment: job.environment,
    stdin: new Stdin(job.asksForStdin ? askForInput : stdin),
    stdout,
    stderr,
    files,
    http: new GuestHttp(fuel, job.hasHttp ? channel.askForHttp : undefined),
  }
  const layFiles = () => {
    if (files && job.files) fillFileSystem(files, cut(job.files, contents))
  }

  const outcome = outcomeOf(job, counters, () => {
    const start =
      job.maxMemoryPages === undefined
        ? prepareCommand(wasm, host, counters)
        : prepareComponent(wasm, code, host, counters, job.maxMemoryPages)
    return () => {
      // The guest's fuel pays for that.
      layFiles()
      start()
    }
  })
  stdout.flush()
  if (job.returnsFiles && files) {
    const left = listFiles(files.root)
    writeFrame(FRAME.files, new TextEncoder().encode(JSON.stringify(left.tree)))
    writeFrame(FRAME.bytes, Buffer.concat(left.contents))
  }
  channel.writeReport({
    kind: "ran",
    outcome,
    instructions: counters.fuel.used.toString(),
    stderrTail: Buffer.from(stderr.tail).toString("base64"),
  })
}

function outcomeOf(
  { maxExecutionMs, maxMemoryPages }: RunJob,
  counters: Counters,
  prepare: () => () => void,
): GuestOutcome {
  try {
    endBefore(maxExecutionMs, prepare())
    // The last turn's charge is nobody's but ours to check.
    return counters.fuel.isSpent ? { kind: "out_of_fuel" } : { kind: "ok" }
  } catch (error) {
    const isComponent = maxMemoryPages !== undefined
    return endingOf(error, counters, {
      isComponent,
      ofOthers: isComponent ? endingOfGlue : rethrow,
    })
  }
}

function rethrow(error: unknown): never {
  throw error
}

/**
 * V8 can end a loop of wasm from another thread, and then the fuel can still be read. Should that
 * fail, the worker kills the process a little later.
 */
function endBefore(milliseconds: number, work: () => void): void {
  Reflect.set(globalThis, "work", work)
  vm.runInThisContext("work()", { timeout: milliseconds })
}

function cut(files: NonNullable<RunJob["files"]>, contents: Uint8Array): GivenFile[] {
  let at = 0
  return files.map(([path, length, kind]) => {
    at += length
    return { path, bytes: contents.subarray(at - length, at), isLink: kind === "link" }
  })
}
