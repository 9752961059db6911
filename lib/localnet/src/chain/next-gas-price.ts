import { CHUNK_GAS_LIMIT, MAX_GAS_PRICE_RATIO } from "../parameters.ts"

/** Unchanged at half a chunk's load; half of 1 % up when it is full, down when it is empty. */
export function nextGasPrice(price: bigint, gasUsed: bigint, min: bigint): bigint {
  const [adjustment, of] = [1n, 100n]
  const load = 2n * of * CHUNK_GAS_LIMIT + adjustment * (2n * gasUsed - CHUNK_GAS_LIMIT)
  const next = (price * load) / (2n * of * CHUNK_GAS_LIMIT)
  const max = min * MAX_GAS_PRICE_RATIO
  if (next < min) return min
  return next > max ? max : next
}
