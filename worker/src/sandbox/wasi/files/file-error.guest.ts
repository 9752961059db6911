/** Why something cannot be done with a file: the call answers with the error number of this name. */
import type { ERRNO } from "../errno.guest.ts"

export type FileErrorCode = Exclude<keyof typeof ERRNO, "success">

export class FileError extends Error {
  override readonly name = "FileError"
  readonly code: FileErrorCode

  constructor(code: FileErrorCode) {
    super(code)
    this.code = code
  }
}

/** To be used as an expression. */
export function fail(code: FileErrorCode): never {
  throw new FileError(code)
}
