/** Runs hostile wasm: metered, in a process of its own that is never used again. */
import { randomBytes } from "node:crypto"
import { isComponent } from "@outlayer/metering"
import type {
  Execution,
  Files,
  GuestInput,
  Outcome,
  Program,
  RunLimits,
  RunOptions,
} from "./execution.ts"
import { compileRuntime } from "./host/compile-runtime.ts"
import { type Confinement, findConfinements } from "./host/confinement.ts"
import { type Answer, GuestProcess } from "./host/guest-process.ts"
import { parseLeftFiles } from "./host/left-files.ts"
import { onAbort } from "./host/on-abort.ts"
import { HttpBroker } from "./http/broker.ts"
import { Meter } from "./host/meter.ts"
import type { MeteredStore } from "./host/metered-store.ts"
import { Pool } from "./host/pool.ts"
import { prepareRuntime } from "./host/runtime.ts"
import { tryChild } from "./host/try-child.ts"
import { isBelow, type Level, LEVELS } from "./levels.ts"
import type { RunJob } from "./wire.ts"

export { describeFrame, failureCode } from "./execution.ts"
export type * from "./execution.ts"
export { type Level, LEVELS }

export interface SandboxOptions {
  /** Creating a sandbox fails where the host does not allow this much. */
  minLevel: Level
  /** Processes kept for runs, those at work included: one more than run at a time. */
  poolSize: number
  log: SandboxLog
  /** Where what is made of programs outlives us; in memory alone where there is none. */
  store?: MeteredStore | undefined
  /** Those to choose from: all, but where a test must see a lower one. */
  levels?: readonly Level[]
  /** 32 bytes for each run. Fixed only where a test must know them. */
  drawSeed?: () => Uint8Array
  /** What a run's clock starts with, in nanoseconds since 1970. */
  readWallClock?: () => bigint
}

/** What the sandbox needs of a logger. */
export interface SandboxLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface Sandbox extends AsyncDisposable {
  readonly level: Level
  readonly engine: string
  /** Never rejects: see `Outcome`. */
  run(
    program: Program,
    input: GuestInput,
    limits: RunLimits,
    options?: RunOptions,
  ): Promise<Execution>
  /** SHA-256 in hex of what V8 would be given; `null` for a program that is turned down. */
  hashMetered(program: Program, limits: RunLimits): Promise<string | null>
}

const PAGES_PER_MB = 16
/**
 * What the child has left, after the guest's time is up, to say so itself, and what was used: on a
 * busy machine it began later than we did.
 */
const GRACE_MS = 5_000

/** Throws where this machine cannot wall guests off as well as `minLevel` asks. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, drawSeed = () => randomBytes(32), readWallClock = wallClock } = options
  const { script, tools, engine } = await prepareRuntime()
  const confinement = await chooseConfinement(options, script)
  const { level } = confinement
  const code = await compileRuntime(confinement, script)
  const pool = new Pool(options.poolSize, () => GuestProcess.start(confinement, script, code))
  const onStoreError = (error: unknown) =>
    log.warn({ reason: String(error) }, "metered program not kept")
  const meter = new Meter({ pool, tools, engine, store: options.store, onStoreError })
  log.info({ isolation: level, engine, poolSize: options.poolSize }, "sandbox ready")

  async function runOnce(
    program: Program,
    input: GuestInput,
    limits: RunLimits,
    { readStdin, returnsFiles = false, http, ...options }: RunOptions,
  ): Promise<Ending> {
    const maxMemoryPages = limits.maxMemoryMb * PAGES_PER_MB
    // Who gives up does so while the module is still checked; the next to ask finds it done.
    const metered = await unlessAborted(meter.meter(program, maxMemoryPages), options.signal)
    if (!metered) return ABORTED
    if (metered.kind === "turned_down") return { ...NOTHING, outcome: metered.outcome }
    const files = input.files && packFiles(input.files)
    const [seed, wallClockNs] = [drawSeed(), readWallClock()]
    let stdin = readStdin ? new Uint8Array(0) : input.stdin
    const taken = pool.take()
    const guest = await unlessAborted(taken, options.signal)
    if (!guest) {
      taken.then(
        (late) => late.kill(),
        () => {},
      )
      return ABORTED
    }
    const startedAt = performance.now()
    using broker = http && new HttpBroker(http, limits.maxExecutionMs)
    const answer = await guest.ask({
      job: {
        ...runJob(input, limits, seed, wallClockNs),
        ...(isComponent(program.wasm) && { maxMemoryPages }),
        ...(files && { files: files.list, returnsFiles }),
        asksForStdin: readStdin !== undefined,
        hasHttp: http !== undefined,
        tellsErrors: options.onErrors !== undefined,
      },
      parts: [metered.wasm, metered.code, stdin, ...(files ? [files.contents] : [])],
      maxOutputBytes: limits.maxOutputBytes,
      timeoutMs: limits.maxExecutionMs + GRACE_MS,
      ...options,
      http: broker,
      readStdin: readStdin && (async () => (stdin = await readStdin())),
    })
    const timeMs = performance.now() - startedAt
    const record = { meteredHash: metered.hash, seed, wallClockNs, stdin }
    const left = answer.fileTree && parseLeftFiles(answer.fileTree, answer.bytes)
    return { ...readAnswer(answer), timeMs, record, files: left }
  }

  return {
    level,
    engine,
    async run(program, input, limits, options = {}) {
      const ending = await runOnce(program, input, limits, options).catch(infrastructure)
      const { outcome } = ending
      const instructions = least(ending.instructions, limits.maxInstructions)
      const timeMs = Math.min(Math.ceil(ending.timeMs), limits.maxExecutionMs)
      if (outcome.kind === "infrastructure")
        log.warn({ hash: program.hash, isolation: level, reason: outcome.reason }, "guest lost")
      return { ...ending, instructions, timeMs, level, engine }
    },
    async hashMetered(program, { maxMemoryMb }) {
      const metered = await meter.meter(program, maxMemoryMb * PAGES_PER_MB)
      return metered.kind === "metered" ? metered.hash : null
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

type Ending = Omit<Execution, "level" | "engine">

const NOTHING = {
  instructions: 0n,
  timeMs: 0,
  output: new Uint8Array(0),
  stderrTail: new Uint8Array(0),
}

const ABORTED = { ...NOTHING, outcome: { kind: "aborted" as const } }

/** Undefined once the signal says so: the work goes on, and its failure is nobody's then. */
async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  if (!signal) return work
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const unwatch = onAbort(signal, () => resolve(undefined))
  work.catch(() => {})
  return Promise.race([work, aborted]).finally(unwatch)
}

async function chooseConfinement(
  { minLevel, levels = LEVELS, log }: SandboxOptions,
  script: Uint8Array,
): Promise<Confinement> {
  const reasons: string[] = []
  for (const confinement of findConfinements()) {
    const { level } = confinement
    if (isBelow(level, minLevel) || !levels.includes(level)) continue
    try {
      await tryChild(confinement, script)
      return confinement
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ level, reason }, "sandbox level not reached")
      reasons.push(`${level}: ${reason}`)
    }
  }
  throw new Error(
    `This machine cannot isolate guests at level "${minLevel}". ${reasons.join("; ")}` +
      ` Ask \`npm run -s doctor\`, or choose a lower SANDBOX_MIN_LEVEL`,
  )
}

function runJob(
  { environment, programName = "guest.wasm", arguments: args = [] }: GuestInput,
  { maxInstructions, maxExecutionMs, maxOutputBytes }: RunLimits,
  seed: Uint8Array,
  wallClockNs: bigint,
): RunJob {
  return {
    kind: "run",
    arguments: [programName, ...args],
    environment: Object.entries(environment),
    seed: Buffer.from(seed).toString("base64"),
    wallClockNs: wallClockNs.toString(),
    maxInstructions: maxInstructions.toString(),
    maxExecutionMs,
    maxOutputBytes,
  }
}

/** In an order that is the same on every machine: of UTF-16 units. */
function packFiles(files: Files) {
  const sorted = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const all = sorted.map(([path, file]) =>
    "link" in file
      ? { path, bytes: Buffer.from(file.link), kind: "link" as const }
      : { path, bytes: file, kind: undefined },
  )
  return {
    list: all.map(({ path, bytes, kind }) =>
      kind ? ([path, bytes.length, kind] as const) : ([path, bytes.length] as const),
    ),
    contents: Buffer.concat(all.map(({ bytes }) => bytes)),
  }
}

function readAnswer({ ending, output, fuelUsed }: Answer): Omit<Ending, "timeMs"> {
  if (ending.kind === "reported" && ending.report.kind === "ran") {
    const { outcome, instructions, stderrTail } = ending.report
    return { outcome, instructions, output, stderrTail: Buffer.from(stderrTail, "base64") }
  }
  return { ...NOTHING, instructions: fuelUsed, outcome: outcomeOf(ending), output }
}

/** Of a child that did not report on a run. */
function outcomeOf(ending: Answer["ending"]): Outcome {
  switch (ending.kind) {
    case "reported":
      return { kind: "infrastructure", reason: "the child reported on another job" }
    case "died":
      return { kind: "infrastructure", reason: ending.reason }
    case "broke_channel":
      return { kind: "trap", trap: "host call out of order", where: [] }
    case "out_of_memory":
      return { kind: "out_of_memory", of: "engine" }
    case "aborted":
    case "output_too_large":
    case "timed_out":
      return { kind: ending.kind }
  }
}

function infrastructure(error: unknown): Ending {
  const reason = error instanceof Error ? error.message : String(error)
  return { ...NOTHING, outcome: { kind: "infrastructure", reason } }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function wallClock(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
