/** Reasons to leave the guest from inside a host call. Wasm without exceptions cannot catch them. */

export class Stop extends Error {
  override readonly name = "Stop"
  readonly reason: "exit" | "fuel" | "time" | "output" | "stack" | "memory"
  readonly exitCode: number

  constructor(reason: Stop["reason"], exitCode = 0) {
    super(reason)
    this.reason = reason
    this.exitCode = exitCode
  }
}

/** The guest asked for what there cannot be: it ends as by a trap of its own. */
export class HostTrap extends Error {
  override readonly name = "HostTrap"
}

/** The process has no more memory for an array of ours, as opposed to the engine's own heap. */
export function isAllocationFailure(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("allocation failed")
}
