/** One isolated process: it gets ready, is asked one thing, and is killed. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import type { Writable } from "node:stream"
import { ChannelBroken, type HttpBroker } from "../http/broker.ts"
import { MAX_QUESTION_BYTES } from "../http/channel.ts"
import { FILTERED, FRAME, type FrameKind, frameHeader, type Job } from "../wire.ts"
import type { Confinement } from "./confinement.ts"
import { type Frame, FrameReader } from "./frame-reader.ts"
import { onAbort } from "./on-abort.ts"
import { parseReport, type Report } from "./report.ts"
import { BOOTSTRAP } from "./runtime.ts"

/** A busy machine needs seconds, a broken one does not get better. */
const START_MS = 30_000
/** A module of the largest size (128 MiB), metered. */
const MAX_MODULE_BYTES = 256 * 1024 * 1024
/** Room for what a report says besides the output. */
const MAX_REPORT_BYTES = 64 * 1024
/** All files that a guest can have, or the list of them. */
const MAX_FILES_BYTES = 80 * 1024 * 1024
const NOTHING = new Uint8Array(0)
const STDERR_TAIL_CHARACTERS = 2000
/** What a shell and bubblewrap make of SIGXCPU, which is 24. */
const CPU_LIMIT_EXIT = 128 + 24

export interface Question {
  job: Job
  parts: readonly Uint8Array[]
  maxOutputBytes: number
  timeoutMs: number
  /** As it comes; what is too much is not told. */
  onOutput?: ((bytes: Uint8Array) => void) | undefined
  onErrors?: ((bytes: Uint8Array) => void) | undefined
  /** Where the job says that the child asks. */
  readStdin?: (() => Promise<Uint8Array>) | undefined
  http?: HttpBroker | undefined
  signal?: AbortSignal | undefined
}

export interface Answer {
  ending:
    | { kind: "reported"; report: Report }
    | { kind: "timed_out" | "out_of_memory" | "aborted" | "output_too_large" | "broke_channel" }
    | { kind: "died"; reason: string }
  /** The metered module, or the contents of the files that the guest left. */
  bytes: Uint8Array
  /** What V8 made of JavaScript: empty where nothing was compiled. */
  code: Uint8Array
  /** What the process has said of it on the way: right at some time before its end. */
  fuelUsed: bigint
  /** What files those are. */
  fileTree: Uint8Array | undefined
  /** What the guest wrote to stdout, never more than it may. */
  output: Uint8Array
}

export class GuestProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #reader = new FrameReader()
  #onFrame: (frame: Frame) => void = () => {}
  #stderr = ""
  #deathReason: string | undefined
  readonly #death = new AbortController()
  /** When the process is gone and its pipes are closed, whoever ended it. */
  readonly gone: Promise<void>

  /**
   * `code` is what V8 made of the script, if that is known. Rejects, and leaves nothing behind, when the child
   * does not get ready.
   */
  static async start(
    { command, filter }: Confinement,
    script: Uint8Array,
    code: Uint8Array = NOTHING,
  ): Promise<GuestProcess> {
    const told = [String(script.length), String(code.length), ...(filter ? [FILTERED] : [])]
    const words = [...command, "--eval", BOOTSTRAP, ...told]
    const guest = new GuestProcess(words, filter)
    guest.#child.stdin.write(script)
    guest.#child.stdin.write(code)
    try {
      await guest.#untilReady()
      return guest
    } catch (error) {
      guest.kill()
      await guest.gone
      throw error
    }
  }

  private constructor([program = "", ...args]: string[], filter: Uint8Array | undefined) {
    this.#child = spawn(program, args, {
      // Nothing of ours: what a guest is given comes by the pipe.
      env: {},
      cwd: "/",
      // Ctrl-C is for the worker to act on.
      detached: true,
      stdio: ["pipe", "pipe", "pipe", ...(filter ? (["pipe"] as const) : [])],
      // With its three pipes, which the types see only without a fourth.
    }) as ChildProcessWithoutNullStreams
    const { stdin, stdout, stderr, stdio } = this.#child
    if (filter) (stdio[3] as Writable).on("error", () => {}).end(filter)
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL_CHARACTERS)
    })
    // Writing to a child that has died: `close` tells of that.
    stdin.on("error", () => {})
    stdout.on("data", (chunk: Uint8Array) => this.#hear(chunk))
    this.gone = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#die(reason)
        resolve()
      }
      this.#child.once("error", (error) => end(error.message))
      this.#child.once("close", (code, signal) => {
        end(`${signal ?? `exit code ${code}`}: ${this.#stderr.trim()}`)
      })
    })
  }

  get isAlive(): boolean {
    return !this.#death.signal.aborted
  }

  /** Once in a process's life, and its end. Never rejects. */
  async ask(question: Question): Promise<Answer> {
    const { job, parts, maxOutputBytes, timeoutMs, onOutput, onErrors, http, signal } = question
    const { promise, resolve } = Promise.withResolvers<Answer["ending"]>()
    const output: Uint8Array[] = []
    let roomBytes = maxOutputBytes
    let bytes: Uint8Array = NOTHING
    let code: Uint8Array = NOTHING
    let fuelUsed = 0n
    let fileTree: Uint8Array | undefined
    const wantsFiles = job.kind === "run" && job.returnsFiles
    let readStdin = job.kind === "run" && job.asksForStdin ? question.readStdin : undefined
    this.#reader.maxBytes =
      job.kind !== "run"
        ? MAX_MODULE_BYTES
        : Math.max(
            maxOutputBytes + MAX_REPORT_BYTES,
            wantsFiles ? MAX_FILES_BYTES : 0,
            http ? MAX_QUESTION_BYTES : 0,
          )
    this.#onFrame = ({ kind, payload }) => {
      if (kind === FRAME.report) {
        resolve({ kind: "reported", report: parseReport(payload) })
      } else if (kind === FRAME.bytes && (job.kind !== "run" || fileTree)) {
        bytes = payload
      } else if (kind === FRAME.code && job.kind !== "run") {
        code = payload
      } else if (kind === FRAME.fuel && job.kind === "run") {
        fuelUsed = Buffer.from(payload).readBigUInt64LE()
      } else if (kind === FRAME.files && wantsFiles) {
        fileTree = payload
      } else if (kind === FRAME.errors && onErrors) {
        onErrors(payload)
      } else if (kind === FRAME.stdin && readStdin) {
        readStdin().then(
          (stdin) => this.#say(FRAME.bytes, stdin),
          (error) => this.#die(`stdin cannot be read: ${String(error)}`),
        )
        readStdin = undefined
      } else if (kind === FRAME.http && http) {
        http.answer(payload).then(
          (answer) => this.#say(FRAME.http, answer),
          (error) => {
            if (error instanceof ChannelBroken) resolve({ kind: "broke_channel" })
            else this.#die(`HTTP failed: ${String(error)}`)
          },
        )
      } else if (kind === FRAME.output && payload.length > 0) {
        // Counted here too, for the child may be in the guest's hands.
        const part = payload.subarray(0, roomBytes)
        output.push(part)
        onOutput?.(part)
        if (payload.length > roomBytes) resolve({ kind: "output_too_large" })
        roomBytes -= Math.min(roomBytes, payload.length)
      } else {
        throw new Error(`a frame of kind ${kind}`)
      }
    }
    // When the worker itself is late, what the child has said meanwhile is heard first.
    const timer = setTimeout(() => setImmediate(resolve, { kind: "timed_out" }), timeoutMs)
    const unwatch = [
      onAbort(signal, () => resolve({ kind: "aborted" })),
      onAbort(this.#death.signal, () => resolve(this.#epitaph())),
    ]

    // Together, or the child wakes up for each.
    this.#child.stdin.cork()
    this.#say(FRAME.job, new TextEncoder().encode(JSON.stringify(job)))
    for (const part of parts) this.#say(FRAME.bytes, part)
    this.#child.stdin.uncork()
    const ending = await promise
    this.kill()
    clearTimeout(timer)
    for (const stop of unwatch) stop()
    return { ending, bytes, code, fuelUsed, fileTree, output: Buffer.concat(output) }
  }

  kill(): void {
    this.#onFrame = () => {}
    this.#child.kill("SIGKILL")
  }

  async #untilReady(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#onFrame = ({ kind }) => (kind === FRAME.ready ? resolve() : reject(new Error("no child")))
    const late = new Error("a child did not get ready")
    const timer = setTimeout(() => setImmediate(reject, late), START_MS)
    const unwatch = onAbort(this.#death.signal, () => reject(new Error(this.#deathReason)))
    await promise.finally(() => {
      clearTimeout(timer)
      unwatch()
    })
  }

  #hear(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#onFrame(frame)
    } catch (error) {
      this.#die(`a child does not keep to the protocol: ${String(error)}`)
      this.kill()
    }
  }

  #say(kind: FrameKind, payload: Uint8Array): void {
    const { stdin } = this.#child
    stdin.cork()
    stdin.write(frameHeader(kind, payload.length))
    stdin.write(payload)
    stdin.uncork()
  }

  #die(reason: string): void {
    this.#deathReason ??= reason
    this.#death.abort()
  }

  #epitaph(): Answer["ending"] {
    const { exitCode, signalCode } = this.#child
    // The rlimit on CPU time, should neither fuel nor clock have ended the guest before.
    if (signalCode === "SIGXCPU" || exitCode === CPU_LIMIT_EXIT) return { kind: "timed_out" }
    const reason = this.#deathReason ?? ""
    // V8's own memory: the heap ("Reached heap limit ... JavaScript heap out of memory") or a compiler's
    // ("Fatal process out of memory: Zone"). What we do for a guest is bounded, so it was the guest's choice.
    if (/out of memory/i.test(reason)) return { kind: "out_of_memory" }
    return { kind: "died", reason }
  }
}
