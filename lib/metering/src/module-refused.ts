/** A module that is not run. `code` is for programs; for NEAR contracts it is the PrepareError's name. */
export class ModuleRefused extends Error {
  override readonly name = "ModuleRefused"
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
