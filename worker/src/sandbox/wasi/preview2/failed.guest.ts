/** How a call answers with the error of its result: the glue looks for an own `payload`. */
export class Failed extends Error {
  override readonly name = "Failed"
  readonly payload: unknown

  constructor(payload: unknown) {
    super("the call failed")
    this.payload = payload
  }
}

/** Ours, and not the guest's: nothing that the glue or the guest did. */
export class HostFault extends Error {
  override readonly name = "HostFault"
}
