/** Why something cannot be done with a file, in POSIX's words: each preview has its own for them. */
export type FileErrorCode =
  | "badf"
  | "busy"
  | "exist"
  | "fbig"
  | "ilseq"
  | "inval"
  | "isdir"
  | "loop"
  | "mfile"
  | "nametoolong"
  | "noent"
  | "nospc"
  | "notdir"
  | "notempty"
  | "perm"
  | "spipe"
  | "notcapable"

export class FileError extends Error {
  override readonly name = "FileError"
  readonly code: FileErrorCode

  constructor(code: FileErrorCode) {
    super(code)
    this.code = code
  }
}

/** One of each is enough: noting where it arose takes longer than most calls, and nobody reads it. */
const known = new Map<FileErrorCode, FileError>()

/** To be used as an expression. */
export function fail(code: FileErrorCode): never {
  const error = known.get(code) ?? new FileError(code)
  known.set(code, error)
  throw error
}
