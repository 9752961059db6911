/** What V8 (`module-decoder-impl.h`, at 13.6) takes for a small body: it is shorter than so many bytes. */
const SMALL = 50

/**
 * How many empty functions, which nothing calls, are to be appended to functions of these sizes, so that half of all are small. V8 has
 * found that where less than a quarter is, the compiler has inlined what is worth it, and inlines itself a tenth of what it does where half
 * are. Metering makes bodies two to three times as long, which says nothing about the compiler.
 */
export function emptyFunctionsFor(sizes: readonly number[]): number {
  const small = sizes.filter((size) => size < SMALL).length
  return Math.max(0, sizes.length - 2 * small)
}

/** No locals, `unreachable`, `end`: of any type. */
export const EMPTY_FUNCTION = Uint8Array.of(0, 0x00, 0x0b)
