/**
 * Reads `{"min": 1, "max": 6}`, answers `{"random_number": 4}`: a whole number between the two, both
 * included. Without any package, so that it builds with no network at all.
 */
import { drawBetween } from "./draw.ts"
import { readRange } from "./input.ts"

// oxlint-disable-next-line import/no-default-export -- the guest's main function is its default export
export default function main(input: string): string {
  const { min, max } = readRange(input)
  // By hand: a number of JavaScript's holds 53 bits, and these have 64.
  return `{"random_number":${drawBetween(min, max)}}\n`
}
