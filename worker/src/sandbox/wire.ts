/**
 * What the worker and an isolated process say to each other over the child's stdin and stdout. Both
 * sides load this file. The child may be in a guest's hands: what it says is checked.
 *
 *   worker:  job, then as many `bytes` frames as the job has parts; `bytes` for `stdin`, `http` for
 *            `http`
 *   child:   ready | (output, errors, fuel, stdin, http)* (bytes)? (code)? (files bytes)? report
 */

import type { Outcome } from "./execution.ts"

/** A frame is its kind in one byte, the payload's length in four (little-endian), the payload. */
export const FRAME = {
  ready: 1,
  job: 2,
  bytes: 3,
  output: 4,
  report: 5,
  errors: 6,
  files: 7,
  stdin: 8,
  http: 9,
  /** What was spent by now, eight bytes: should the process have to be killed, so much is known. */
  fuel: 10,
  /** What V8 has made of JavaScript: what it takes in the place of compiling, and finds out where it is another's. */
  code: 11,
} as const
export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/** Among a child's arguments where the kernel filters its calls. */
export const FILTERED = "filtered"

export const FRAME_HEADER_BYTES = 5

export function frameHeader(kind: FrameKind, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  header[0] = kind
  new DataView(header.buffer).setUint32(1, length, true)
  return header
}

export type Job = PrepareJob | CompileJob | RunJob

/**
 * Parts: the module or the component, and the tool for it, which is a script and, to transpile with,
 * two modules. Answered with what can be run in `bytes`, and a component's glue as `code`, unless it is
 * refused.
 */
export interface PrepareJob {
  kind: "meter" | "transpile"
  maxMemoryPages: number
}

/** One part, JavaScript of ours. Answered with `code`. */
interface CompileJob {
  kind: "compile"
}

/**
 * Three parts: the metered module, the `code` of a component's glue or nothing, and stdin; with files a
 * fourth, the contents of all.
 */
export interface RunJob {
  kind: "run"
  /** The program's name first. */
  arguments: readonly string[]
  environment: readonly (readonly [name: string, value: string])[]
  /** In the order of their contents; those of a link are its text. */
  files?: readonly (readonly [path: string, length: number, kind?: "link"])[]
  /** What files there are in the end is told, as a `FileTree` and the contents. */
  returnsFiles?: boolean
  /** All of stderr is told, not its end alone. */
  tellsErrors?: boolean
  /** Stdin is asked for when the guest first looks at it; the part is empty. */
  asksForStdin?: boolean
  /** Whether the worker answers questions about HTTP. */
  hasHttp?: boolean
  /** Before it is trusted with anything, the child makes sure of limits that V8 was given. */
  checksLimits?: boolean
  /** 32 bytes in base64. */
  seed: string
  /** Decimal, since 1970. */
  wallClockNs: string
  /** Decimal. */
  maxInstructions: string
  maxExecutionMs: number
  maxOutputBytes: number
  /** Of a component, whose memories share them; a module's has its maximum written in. */
  maxMemoryPages?: number | undefined
}

export function partsOf(job: Job): number {
  switch (job.kind) {
    case "compile":
      return 1
    case "meter":
      return 2
    case "transpile":
      return 4
    case "run":
      return job.files ? 4 : 3
  }
}

/**
 * A folder stands before what is in it, and the root is -1. What has several names has one
 * content: the number of those is bounded, and their paths' and copies' lengths are not.
 */
export interface FileTree {
  entries: readonly FileTreeEntry[]
  /** Of the contents, one after the other. */
  lengths: readonly number[]
}

export type FileTreeEntry =
  | readonly [parent: number, name: string]
  | readonly [parent: number, name: string, kind: "file" | "link", content: number]

/** What a child can tell about a guest; the rest of `Outcome` is for the worker to say. */
export type GuestOutcome = Extract<
  Outcome,
  {
    kind:
      | "ok"
      | "trap"
      | "out_of_fuel"
      | "out_of_memory"
      | "timed_out"
      | "exit_nonzero"
      | "output_too_large"
      | "stack_overflow"
      | "refused"
  }
>
