/** The error numbers of preview 1 that this host gives (`errno` in wasi_snapshot_preview1.witx). */
export const ERRNO = {
  success: 0,
  badf: 8,
  fault: 21,
  inval: 28,
  notdir: 54,
  notsock: 57,
  notsup: 58,
  spipe: 70,
} as const
export type Errno = (typeof ERRNO)[keyof typeof ERRNO]
