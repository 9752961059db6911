/** Runs one program to its end, within a time, and takes everything that it started down with it. */
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"

export interface ProcessOptions {
  cwd: string
  /** The whole environment: nothing of ours is inherited. */
  env: Readonly<Record<string, string>>
  timeoutMs: number
  signal: AbortSignal
  /** Looked at four times a second; a word from it ends the process, as `stopped`. */
  watch?: (pid: number) => Promise<string | undefined>
  /** What the program reads from descriptor 3, to the end. */
  descriptor3?: Uint8Array | undefined
  /** Past this many bytes of output the process is ended, as `"output"`. 1 MiB unless told. */
  maxOutputBytes?: number
}

export interface ProcessEnd {
  /** `undefined` when a signal ended it. */
  exitCode: number | undefined
  /** Why we ended it: `"time"`, `"output"`, `"aborted"`, or the word of `watch`. */
  stopped: string | undefined
  stdout: string
  /** The last 64 KiB. For the operator's log: it may hold anything. */
  stderr: string
}

const STDERR_BYTES = 64 * 1024

/** Rejects only when the program cannot be started at all. */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessEnd> {
  const { cwd, env, timeoutMs, signal, watch, maxOutputBytes = 1024 * 1024 } = options
  const { descriptor3 } = options
  if (signal.aborted) return { exitCode: undefined, stopped: "aborted", stdout: "", stderr: "" }
  // A group of its own: what it forks is killed with it.
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...(descriptor3 ? (["pipe"] as const) : [])],
    // With its two pipes, which the types see only without a fourth descriptor.
  }) as ChildProcessByStdio<null, Readable, Readable>
  // Who ends before it has read all says so by its exit code.
  if (descriptor3) (child.stdio[3] as unknown as Writable).on("error", () => {}).end(descriptor3)
  let stopped: string | undefined
  const stop = (reason: string) => {
    stopped ??= reason
    killGroup(child.pid)
  }
  const stdout: Buffer[] = []
  let size = 0
  child.stdout.on("data", (bytes: Buffer) => {
    size += bytes.length
    if (size > maxOutputBytes) stop("output")
    else stdout.push(bytes)
  })
  let stderr: Buffer = Buffer.alloc(0)
  child.stderr.on("data", (bytes: Buffer) => {
    stderr = Buffer.concat([stderr, bytes]).subarray(-STDERR_BYTES)
  })
  const abort = () => stop("aborted")
  signal.addEventListener("abort", abort, { once: true })
  const timer = setTimeout(stop, timeoutMs, "time")
  const watcher = watch && startWatching(() => (child.pid ? watch(child.pid) : undefined), stop)
  try {
    const [exitCode] = (await once(child, "exit")) as [number | null]
    // A grandchild that outlived its parent would keep our pipes open.
    killGroup(child.pid)
    await drained(child.stdout, child.stderr)
    return {
      exitCode: exitCode ?? undefined,
      stopped,
      stdout: Buffer.concat(stdout).toString(),
      stderr: stderr.toString(),
    }
  } finally {
    clearTimeout(timer)
    clearInterval(watcher)
    signal.removeEventListener("abort", abort)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

function startWatching(
  look: () => Promise<string | undefined> | undefined,
  stop: (reason: string) => void,
) {
  let busy = false
  const tick = async () => {
    if (busy) return
    busy = true
    const word = await look()
    if (word !== undefined) stop(word)
    busy = false
  }
  return setInterval(() => void tick(), 250)
}

/** What was written is read; a process that left the group may hold the pipes, so not for long. */
async function drained(...streams: Readable[]): Promise<void> {
  const ends = streams.map(async (stream) => {
    if (!stream.closed) await once(stream, "close")
  })
  // Who was held up for so long himself has not looked yet: a timer comes before what can be read.
  const patience = new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1000).unref())
  await Promise.race([Promise.all(ends), patience])
}
