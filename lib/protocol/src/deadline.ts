/**
 * How many blocks before its end a request is given up, so that an executor has the time to
 * settle: a tenth of a yield's life, 20 blocks of 200, 12 s.
 */
export function settleBlocks(timeoutBlocks: number): number {
  return Math.ceil(timeoutBlocks / 10)
}
