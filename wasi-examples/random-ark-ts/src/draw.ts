/** Every number of the range is equally likely: what would fold over its end is drawn again. */
export function drawBetween(min: bigint, max: bigint): bigint {
  const span = max - min + 1n
  const fair = 2n ** 64n - (2n ** 64n % span)
  for (;;) {
    const [drawn = 0n] = crypto.getRandomValues(new BigUint64Array(1))
    if (drawn < fair) return min + (drawn % span)
  }
}
