import { expect, test } from "vitest"
import { OperatorCodeNames } from "wasmparser"
import { asGuest, moduleOf } from "../testing/one-function.ts"
import {
  alignments,
  BULK,
  kinds,
  MEMORY,
  names,
  operands,
  PLAIN,
  results,
  VECTOR,
} from "./opcodes.ts"

const known = [...kinds.keys()].filter((opcode) => kinds[opcode] !== 0)
/** Of the names, those that are written in another way, vectors as they were before they were standardised. */
const renamed = new Map([
  ["select_typed", "select"],
  ["v128.load8_splat", "v8x16.load_splat"],
  ["v128.load16_splat", "v16x8.load_splat"],
  ["v128.load32_splat", "v32x4.load_splat"],
  ["v128.load64_splat", "v64x2.load_splat"],
  ["v128.load8x8_s", "i16x8.load8x8_s"],
  ["v128.load8x8_u", "i16x8.load8x8_u"],
  ["v128.load16x4_s", "i32x4.load16x4_s"],
  ["v128.load16x4_u", "i32x4.load16x4_u"],
  ["v128.load32x2_s", "i64x2.load32x2_s"],
  ["v128.load32x2_u", "i64x2.load32x2_u"],
  ["i8x16.popcnt", "i8x16_popcnt"],
])

test("names are those of a second decoder", () => {
  const theirs = known.map((opcode) => OperatorCodeNames[codeOf(opcode)])

  expect(known.map((opcode) => renamed.get(names[opcode] ?? "") ?? names[opcode])).toEqual(theirs)
})

test("V8 takes each operator with the operands and result of the table, and with no others", () => {
  const simple = known.filter((opcode) => kinds[opcode] === PLAIN || kinds[opcode] === MEMORY)
  const wrong = simple.filter((opcode) => {
    const types = [2, 1, 0]
      .map((place) => operands[3 * opcode + place] ?? 0)
      .filter((type) => type !== 0)
    const result = results[opcode] ?? 0
    const others = types.map((type, place) => types.with(place, type === 0x7f ? 0x7e : 0x7f))
    const accepts = (given: number[], gives: number) =>
      WebAssembly.validate(moduleOf(opcode, given, gives, alignments[opcode]))
    return (
      !accepts(types, result) ||
      others.some((given) => accepts(given, result)) ||
      accepts(types, other(result))
    )
  })

  expect(wrong.map((opcode) => names[opcode])).toEqual([])
  expect(simple.length).toBeGreaterThan(380)
  expect(known.filter((opcode) => opcode >= VECTOR)).toHaveLength(236)
})

test("an alignment above the natural one is refused", () => {
  const accesses = known.filter((opcode) => kinds[opcode] === MEMORY)
  const taken = accesses.filter((opcode) => {
    const types = [2, 1, 0]
      .map((place) => operands[3 * opcode + place] ?? 0)
      .filter((type) => type !== 0)
    const alignment = (alignments[opcode] ?? 0) + 1
    return asGuest(moduleOf(opcode, types, results[opcode] ?? 0, alignment)) === undefined
  })

  expect(taken).toEqual([])
})

test("whatever is not in the table is refused", () => {
  const unknown = [...kinds.keys()].filter(
    (opcode) => kinds[opcode] === 0 && ![0xfc, 0xfd].includes(opcode),
  )
  const codes = unknown.map((opcode) => asGuest(moduleOf(opcode, [], 0)))

  expect(new Set(codes)).toEqual(new Set(["unsupported"]))
})

/** As the second decoder numbers them. */
function codeOf(opcode: number): number {
  if (opcode < BULK) return opcode
  return opcode < VECTOR ? 0xfc00 + opcode - BULK : 0xfd000 + opcode - VECTOR
}

function other(type: number): number {
  return type === 0x7f ? 0x7e : 0x7f
}
