/** `wasi:filesystem/types.error-code`, as far as this host gives them. */
import type { FileErrorCode } from "../files/file-error.guest.ts"

const NAMES = {
  badf: "bad-descriptor",
  busy: "busy",
  exist: "exist",
  fbig: "file-too-large",
  ilseq: "illegal-byte-sequence",
  inval: "invalid",
  isdir: "is-directory",
  loop: "loop",
  mfile: "insufficient-memory",
  nametoolong: "name-too-long",
  noent: "no-entry",
  nospc: "insufficient-space",
  notdir: "not-directory",
  notempty: "not-empty",
  perm: "not-permitted",
  spipe: "invalid-seek",
  // A path that leads out of the folder.
  notcapable: "not-permitted",
} as const satisfies Record<FileErrorCode, string>

export type ErrorCode = (typeof NAMES)[FileErrorCode] | "read-only"

export function errorCodeOf(code: FileErrorCode): ErrorCode {
  return NAMES[code]
}
