/** Why a request ended without a value, and whose doing that was: it decides what is charged. */

/**
 * `request`: the request's or the guest's, so base fee and metered use are charged. `deadline`:
 * charged the same, but only a worker that took the task in time may say so (docs/architecture.md, Money).
 * `ours`: nothing is charged.
 */
export type Blame = "request" | "deadline" | "ours"

/** Codes are API: contracts and clients branch on them, so rename never. */
const blameByCode = {
  repository_not_found: "request",
  commit_not_found: "request",
  /** A forge serves forks' commits under their parent's name. */
  commit_not_in_repository: "request",
  repository_too_large: "request",
  target_unsupported: "request",
  lockfile_missing: "request",
  build_script_refused: "request",
  compile_failed: "request",
  compile_timeout: "request",
  wasm_refused: "request",
  trap: "request",
  out_of_fuel: "request",
  out_of_memory: "request",
  timed_out: "request",
  stack_overflow: "request",
  exit_nonzero: "request",
  output_too_large: "request",
  output_invalid: "request",
  secrets_not_found: "request",
  secrets_invalid: "request",
  access_denied: "request",
  deadline_exceeded: "deadline",
  infrastructure: "ours",
  repository_unreachable: "ours",
  /** The deadline cut off a task that no worker had taken soon enough. */
  capacity: "ours",
  expired: "ours",
  cancelled: "ours",
} as const satisfies Record<string, Blame>

export type FailureCode = keyof typeof blameByCode

export const FAILURE_CODES = Object.keys(blameByCode) as readonly FailureCode[]

export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === "string" && Object.prototype.hasOwnProperty.call(blameByCode, code)
}

export function blameFor(code: FailureCode): Blame {
  return blameByCode[code]
}
