/** What a generated module's values are made of and where they are stored, by type. */
import { operators } from "./numeric.ts"
import type { Type } from "./tree.ts"
import { vectorOperators } from "./vector-numeric.ts"

export const scalars: readonly Type[] = ["i32", "i64", "f32", "f64"]
export const allTypes: readonly Type[] = [...scalars, "v128"]

interface Choice {
  name: string
  opcode: number
  takes: Type[]
  immediates: number
  below: number
}

export const scalarChoices = new Map<Type, Choice[]>()
export const allChoices = new Map<Type, Choice[]>()
for (const type of scalars) scalarChoices.set(type, [])
for (const [name, { opcode, takes, gives }] of operators)
  scalarChoices.get(gives)?.push({ name, opcode, takes, immediates: 0, below: 0 })
for (const type of allTypes) {
  const vectors = [...vectorOperators.values()].filter(({ gives }) => gives === type)
  allChoices.set(type, [...(scalarChoices.get(type) ?? []), ...vectors])
}

export const accesses: Record<Type, [name: string, opcode: number][]> = {
  i32: [
    ["i32.load", 0x28],
    ["i32.load8_s", 0x2c],
    ["i32.load8_u", 0x2d],
    ["i32.load16_s", 0x2e],
    ["i32.load16_u", 0x2f],
  ],
  i64: [
    ["i64.load", 0x29],
    ["i64.load8_s", 0x30],
    ["i64.load8_u", 0x31],
    ["i64.load16_s", 0x32],
    ["i64.load16_u", 0x33],
    ["i64.load32_s", 0x34],
    ["i64.load32_u", 0x35],
  ],
  f32: [["f32.load", 0x2a]],
  f64: [["f64.load", 0x2b]],
  v128: [["v128.load", 512]],
}
export const stores: Record<Type, [name: string, opcode: number][]> = {
  i32: [
    ["i32.store", 0x36],
    ["i32.store8", 0x3a],
    ["i32.store16", 0x3b],
  ],
  i64: [
    ["i64.store", 0x37],
    ["i64.store8", 0x3c],
    ["i64.store16", 0x3d],
    ["i64.store32", 0x3e],
  ],
  f32: [["f32.store", 0x38]],
  f64: [["f64.store", 0x39]],
  v128: [["v128.store", 512 + 11]],
}
