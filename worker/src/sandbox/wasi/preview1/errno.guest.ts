import type { FileErrorCode } from "../files/file-error.guest.ts"

/** The error numbers of preview 1 that this host gives (`errno` in wasi_snapshot_preview1.witx). */
export const ERRNO = {
  success: 0,
  badf: 8,
  busy: 10,
  exist: 20,
  fault: 21,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  spipe: 70,
  notcapable: 76,
} as const satisfies Record<FileErrorCode, number> & Record<string, number>
export type Errno = (typeof ERRNO)[keyof typeof ERRNO]
