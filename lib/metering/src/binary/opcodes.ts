/**
 * The opcode table (WebAssembly 2.0, section 5.4): one row for each run of opcodes of one signature. Opcodes behind the
 * prefix 0xFC are numbered from 256, those behind 0xFD from 512.
 */
import type { Feature } from "./rules.ts"
import { F32, F64, FUNCREF, I32, I64, V128 } from "./value-types.ts"
import {
  vectorF32,
  vectorF64,
  vectorLaneMemory,
  vectorLanes,
  vectorMemory,
  vectorPlain,
} from "./vector-opcodes.ts"

/** How an operator is decoded and validated. */
export const UNKNOWN = 0
/** A fixed signature, no immediates. */
export const PLAIN = 1
/** A fixed signature, and an alignment and offset. */
export const MEMORY = 2
/** In code of its own. */
const SPECIAL = 3

/** What else is known of an operator, as bits. */
export const TRAPS = 1
export const MAKES_F32 = 2
export const MAKES_F64 = 4
export const MAKES_F32X4 = 8
export const MAKES_F64X2 = 16

export const BULK = 256
export const VECTOR = 512
const OPCODES = 1024

export const MEMORY_GROW = 0x40
export const MEMORY_INIT = BULK + 8
export const MEMORY_COPY = BULK + 10
export const MEMORY_FILL = BULK + 11
export const TABLE_INIT = BULK + 12
export const TABLE_COPY = BULK + 14
export const TABLE_GROW = BULK + 15
export const TABLE_FILL = BULK + 17

type Row = readonly [first: number, signature: string, names: string, flags?: number]

/** Operands, `>`, results: i, I, f, F, v stand for i32, i64, f32, f64, v128. */
const plain: readonly Row[] = [
  [0x45, "i>i", "i32.eqz"],
  [
    0x46,
    "ii>i",
    "i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u",
  ],
  [0x50, "I>i", "i64.eqz"],
  [
    0x51,
    "II>i",
    "i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u",
  ],
  [0x5b, "ff>i", "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge"],
  [0x61, "FF>i", "f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"],
  [0x67, "i>i", "i32.clz i32.ctz i32.popcnt"],
  [0x6a, "ii>i", "i32.add i32.sub i32.mul"],
  [0x6d, "ii>i", "i32.div_s i32.div_u i32.rem_s i32.rem_u", TRAPS],
  [0x71, "ii>i", "i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr"],
  [0x79, "I>I", "i64.clz i64.ctz i64.popcnt"],
  [0x7c, "II>I", "i64.add i64.sub i64.mul"],
  [0x7f, "II>I", "i64.div_s i64.div_u i64.rem_s i64.rem_u", TRAPS],
  [0x83, "II>I", "i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr"],
  [0x8b, "f>f", "f32.abs f32.neg"],
  [0x8d, "f>f", "f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt", MAKES_F32],
  [0x92, "ff>f", "f32.add f32.sub f32.mul f32.div f32.min f32.max", MAKES_F32],
  [0x98, "ff>f", "f32.copysign"],
  [0x99, "F>F", "f64.abs f64.neg"],
  [0x9b, "F>F", "f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt", MAKES_F64],
  [0xa0, "FF>F", "f64.add f64.sub f64.mul f64.div f64.min f64.max", MAKES_F64],
  [0xa6, "FF>F", "f64.copysign"],
  [0xa7, "I>i", "i32.wrap_i64"],
  [0xa8, "f>i", "i32.trunc_f32_s i32.trunc_f32_u", TRAPS],
  [0xaa, "F>i", "i32.trunc_f64_s i32.trunc_f64_u", TRAPS],
  [0xac, "i>I", "i64.extend_i32_s i64.extend_i32_u"],
  [0xae, "f>I", "i64.trunc_f32_s i64.trunc_f32_u", TRAPS],
  [0xb0, "F>I", "i64.trunc_f64_s i64.trunc_f64_u", TRAPS],
  [0xb2, "i>f", "f32.convert_i32_s f32.convert_i32_u"],
  [0xb4, "I>f", "f32.convert_i64_s f32.convert_i64_u"],
  [0xb6, "F>f", "f32.demote_f64", MAKES_F32],
  [0xb7, "i>F", "f64.convert_i32_s f64.convert_i32_u"],
  [0xb9, "I>F", "f64.convert_i64_s f64.convert_i64_u"],
  [0xbb, "f>F", "f64.promote_f32", MAKES_F64],
  [0xbc, "f>i", "i32.reinterpret_f32"],
  [0xbd, "F>I", "i64.reinterpret_f64"],
  [0xbe, "i>f", "f32.reinterpret_i32"],
  [0xbf, "I>F", "f64.reinterpret_i64"],
]

const signExtension: readonly Row[] = [
  [0xc0, "i>i", "i32.extend8_s i32.extend16_s"],
  [0xc2, "I>I", "i64.extend8_s i64.extend16_s i64.extend32_s"],
]

const saturating: readonly Row[] = [
  [BULK, "f>i", "i32.trunc_sat_f32_s i32.trunc_sat_f32_u"],
  [BULK + 2, "F>i", "i32.trunc_sat_f64_s i32.trunc_sat_f64_u"],
  [BULK + 4, "f>I", "i64.trunc_sat_f32_s i64.trunc_sat_f32_u"],
  [BULK + 6, "F>I", "i64.trunc_sat_f64_s i64.trunc_sat_f64_u"],
]

/** A name is followed by the logarithm of the access's size, the largest alignment. */
const memory: readonly Row[] = [
  [0x28, "i>i", "i32.load:2"],
  [0x29, "i>I", "i64.load:3"],
  [0x2a, "i>f", "f32.load:2"],
  [0x2b, "i>F", "f64.load:3"],
  [0x2c, "i>i", "i32.load8_s:0 i32.load8_u:0 i32.load16_s:1 i32.load16_u:1"],
  [
    0x30,
    "i>I",
    "i64.load8_s:0 i64.load8_u:0 i64.load16_s:1 i64.load16_u:1 i64.load32_s:2 i64.load32_u:2",
  ],
  [0x36, "ii>", "i32.store:2"],
  [0x37, "iI>", "i64.store:3"],
  [0x38, "if>", "f32.store:2"],
  [0x39, "iF>", "f64.store:3"],
  [0x3a, "ii>", "i32.store8:0 i32.store16:1"],
  [0x3c, "iI>", "i64.store8:0 i64.store16:1 i64.store32:2"],
]

const control = "unreachable nop block loop if else"
const special: readonly (readonly [first: number, names: string, feature?: Feature])[] = [
  [0x00, control],
  [0x0b, "end br br_if br_table return call call_indirect"],
  [0x1a, "drop select"],
  [0x20, "local.get local.set local.tee global.get global.set"],
  [0x3f, "memory.size memory.grow i32.const i64.const f32.const f64.const"],
  [0x1c, "select_typed", "reference_types"],
  [0x25, "table.get table.set", "reference_types"],
  [0xd0, "ref.null ref.is_null ref.func", "reference_types"],
  [
    BULK + 8,
    "memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy",
    "bulk_memory",
  ],
  [BULK + 15, "table.grow table.size table.fill", "reference_types"],
  [0x12, "return_call return_call_indirect", "tail_calls"],
  [VECTOR + 0x0c, "v128.const i8x16.shuffle", "simd"],
]

export const kinds = new Uint8Array(OPCODES)
export const flags = new Uint8Array(OPCODES)
/** The largest alignment of an access, as a power of two. */
export const alignments = new Uint8Array(OPCODES)
/** How many lanes there are for the immediate to choose from, or 0. */
export const lanes = new Uint8Array(OPCODES)
/** The types of up to three operands, the topmost first, three to an opcode; 0 where there is none. */
export const operands = new Uint8Array(3 * OPCODES)
/** The type of the result, or 0. */
export const results = new Uint8Array(OPCODES)
export const names: string[] = []
export const features: (Feature | undefined)[] = []

for (const row of plain) addRow(row, PLAIN)
for (const row of signExtension) addRow(row, PLAIN, "sign_extension")
for (const row of saturating) addRow(row, PLAIN, "saturating_conversion")
for (const row of memory) addRow(row, MEMORY)
addVectors(vectorPlain, PLAIN)
addVectors(vectorF32, PLAIN, MAKES_F32X4)
addVectors(vectorF64, PLAIN, MAKES_F64X2)
addVectors(vectorMemory, MEMORY)
for (const { opcode } of addVectors(vectorLaneMemory, MEMORY))
  lanes[opcode] = 16 >> (alignments[opcode] as number)
for (const { opcode, shape } of addVectors(vectorLanes, PLAIN))
  lanes[opcode] = Number(shape.split("x")[1])
for (const [first, list, feature] of special) {
  list.split(" ").forEach((name, index) => {
    describe(first + index, name, SPECIAL, feature)
  })
}

function addRow([first, signature, list, flag = 0]: Row, kind: number, feature?: Feature) {
  const [taken = "", given = ""] = signature.split(">")
  list.split(" ").forEach((entry, index) => {
    const [name = "", alignment = "0"] = entry.split(":")
    const opcode = first + index
    describe(opcode, name, kind, feature)
    flags[opcode] = kind === MEMORY ? flag | TRAPS : flag
    alignments[opcode] = Number(alignment)
    results[opcode] = typeOfLetter(given)
    const topmostFirst = taken.split("").reverse()
    topmostFirst.forEach((letter, place) => {
      operands[3 * opcode + place] = typeOfLetter(letter)
    })
  })
}

function addVectors(rows: typeof vectorPlain, kind: number, flag = 0) {
  return rows.flatMap(([first, signature, shape, list]) => {
    const full = list.split(" ").map((name) => `${shape}.${name}`)
    addRow([VECTOR + first, signature, full.join(" "), flag], kind, "simd")
    return full.map((_, index) => ({ opcode: VECTOR + first + index, shape }))
  })
}

function describe(opcode: number, name: string, kind: number, feature: Feature | undefined) {
  kinds[opcode] = kind
  names[opcode] = name
  features[opcode] = feature
}

function typeOfLetter(letter: string): number {
  return { i: I32, I: I64, f: F32, F: F64, v: V128, r: FUNCREF }[letter] ?? 0
}

/** The name of an opcode that is not in the table: of the proposal that has it, where that is known. */
export function nameUnknown(opcode: number): string {
  if (opcode >= VECTOR) return `a vector operator (0xfd ${opcode - VECTOR})`
  if (opcode >= BULK + 19 && opcode <= BULK + 22) return "wide arithmetic"
  if (opcode >= BULK) return `the operator 0xfc ${opcode - BULK}`
  if (opcode === 0xfb) return "garbage collection"
  if (opcode === 0xfe) return "an atomic operator"
  if ([0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f].includes(opcode))
    return "an operator of exceptions"
  if ([0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6].includes(opcode))
    return "an operator of typed references"
  return `the operator 0x${opcode.toString(16).padStart(2, "0")}`
}
