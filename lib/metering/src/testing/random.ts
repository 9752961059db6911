import type { Type } from "./tree.ts"

export type Random = ReturnType<typeof createRandom>

/** Mulberry32. */
export function createRandom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const chance = (probability: number) => next() < probability
  const word = () => (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))
  const special: Record<Type, readonly bigint[]> = {
    i32: [0n, 1n, 2n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
    i64: [0n, 1n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
    f32: [
      0n,
      0x8000_0000n,
      0x3f80_0000n,
      0x7f80_0000n,
      0x7fc0_0000n,
      0xffa0_1234n,
      0x4f00_0000n,
      1n,
    ],
    f64: [
      0n,
      1n << 63n,
      0x3ff0_0000_0000_0000n,
      0x7ff0_0000_0000_0000n,
      0xfff4_0000_0000_1234n,
      0x43e0_0000_0000_0000n,
    ],
    v128: [
      0n,
      (1n << 128n) - 1n,
      0x7fc0_0000_ffa0_1234_3f80_0000_7f80_0000n,
      0xfff4_0000_0000_1234_3ff0_0000_0000_0000n,
    ],
  }
  return {
    below,
    pick,
    chance,
    list: <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make),
    bits: (type: Type) =>
      chance(0.4)
        ? pick(special[type])
        : BigInt.asUintN(
            { i32: 32, f32: 32, i64: 64, f64: 64, v128: 128 }[type],
            chance(0.5) ? BigInt(below(100)) : type === "v128" ? (word() << 64n) | word() : word(),
          ),
  }
}
