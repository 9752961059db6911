import type { FunctionType, ValueType } from "../metered-module.ts"

/** Value types by their byte (WebAssembly 2.0, section 5.3.1). */
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
export const FUNCREF = 0x70
export const EXTERNREF = 0x6f
/** What an operand in dead code may be: any type. */
export const ANY = 0

const names = new Map<number, ValueType>([
  [I32, "i32"],
  [I64, "i64"],
  [F32, "f32"],
  [F64, "f64"],
  [V128, "v128"],
  [FUNCREF, "funcref"],
  [EXTERNREF, "externref"],
])

export function nameOfType(type: number): string {
  return names.get(type) ?? "any"
}

/** A function type as bytes: what the validator compares. */
export interface Signature {
  params: Uint8Array
  results: Uint8Array
}

export function describeSignature({ params, results }: Signature): FunctionType {
  const named = (types: Uint8Array) => [...types].map((type) => names.get(type) ?? "i32")
  return { params: named(params), results: named(results) }
}

export function isReference(type: number): boolean {
  return type === FUNCREF || type === EXTERNREF
}

/** Bytes of a value on a stack, as both price lists count them. */
export function sizeOfType(type: number): number {
  if (type === I32 || type === F32) return 4
  return type === V128 ? 16 : 8
}
