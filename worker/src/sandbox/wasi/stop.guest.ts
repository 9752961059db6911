/** Reasons to leave the guest from inside a host call. Wasm without exceptions cannot catch them. */

export class Stop extends Error {
  override readonly name = "Stop"
  readonly reason: "exit" | "fuel" | "output"
  readonly exitCode: number

  constructor(reason: Stop["reason"], exitCode = 0) {
    super(reason)
    this.reason = reason
    this.exitCode = exitCode
  }
}
