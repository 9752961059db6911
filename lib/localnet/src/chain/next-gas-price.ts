import { CHUNK_GAS_LIMIT, MAX_GAS_PRICE } from "../parameters.ts"

/** Moves by at most 1 % a block, towards half a chunk's load. */
export function nextGasPrice(price: bigint, gasUsed: bigint, min: bigint): bigint {
  const [adjustment, of] = [1n, 100n]
  const load = 2n * of * CHUNK_GAS_LIMIT + adjustment * (2n * gasUsed - CHUNK_GAS_LIMIT)
  const next = (price * load) / (2n * of * CHUNK_GAS_LIMIT)
  const max = min * 20n > MAX_GAS_PRICE ? min * 20n : MAX_GAS_PRICE
  if (next < min) return min
  return next > max ? max : next
}
