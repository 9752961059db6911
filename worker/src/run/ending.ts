/** How a command ends after a guest has: its exit code, and a line for stderr. */
import { describeFrame, type Outcome } from "../sandbox/sandbox.ts"

/**
 * A guest's own code passes through; the others are those of shells, timeout(1) and wasmtime: 134
 * is SIGABRT, 137 SIGKILL, 153 SIGXFSZ; 124 to 127 as in the manual of timeout.
 */
export const EXIT = {
  aborted: 134,
  used_up: 137,
  output_too_large: 153,
  timed_out: 124,
  failed: 125,
  refused: 126,
  not_found: 127,
  usage: 2,
} as const

export interface CommandEnding {
  exitCode: number
  /** What the guest did not say itself. */
  line?: string
}

export function endingOf(outcome: Outcome): CommandEnding {
  switch (outcome.kind) {
    case "ok":
      return { exitCode: 0 }
    case "exit_nonzero":
      // A process has eight bits of it, and what is not zero must not become zero.
      return { exitCode: outcome.exitCode & 0xff || 1 }
    case "trap": {
      const where = outcome.where.map(
        (frame) => `\n  in ${describeFrame(frame)} at 0x${frame.offset.toString(16)}`,
      )
      return { exitCode: EXIT.aborted, line: `trap: ${outcome.trap}${where.join("")}` }
    }
    case "stack_overflow":
      return { exitCode: EXIT.aborted, line: "stack_overflow: its calls are nested too deep" }
    case "out_of_fuel":
      return { exitCode: EXIT.used_up, line: "out_of_fuel: see --max-instructions" }
    case "out_of_memory":
      return { exitCode: EXIT.used_up, line: "out_of_memory: see --max-memory-mb" }
    case "timed_out":
      return { exitCode: EXIT.timed_out, line: "timed_out: see --seconds" }
    case "output_too_large":
      return { exitCode: EXIT.output_too_large, line: "output_too_large: see --max-output-bytes" }
    case "refused":
      return { exitCode: EXIT.refused, line: `refused: ${outcome.reason}` }
    case "infrastructure":
      return { exitCode: EXIT.failed, line: `infrastructure: ${outcome.reason}` }
    case "aborted":
      return { exitCode: EXIT.failed, line: "aborted" }
  }
}
