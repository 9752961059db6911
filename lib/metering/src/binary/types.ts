import { ModuleRefused } from "../module-refused.ts"
import type { ByteReader } from "./byte-reader.ts"
import type { Rules } from "./rules.ts"
import { EXTERNREF, F64, FUNCREF, I32, V128 } from "./value-types.ts"

/** In pages of 64 KiB. */
export const LARGEST_MEMORY = 65_536

export function readValueType(reader: ByteReader, rules: Rules): number {
  const type = reader.byte()
  checkValueType(reader, type, rules)
  return type
}

export function checkValueType(reader: ByteReader, type: number, rules: Rules): void {
  const { features } = rules
  if (type <= I32 && type >= F64) return
  if (type === V128 && features.has("simd")) return
  if (type === FUNCREF && features.has("reference_types")) return
  if (type === EXTERNREF && features.has("extern_references")) return
  if (isTypeOfProposal(type)) {
    throw new ModuleRefused("unsupported", `${proposals.get(type)} are not supported`)
  }
  reader.fail(`value type 0x${type.toString(16)}`)
}

const proposals = new Map([
  [V128, "vectors"],
  [FUNCREF, "reference types"],
  [EXTERNREF, "external references"],
  [0x63, "typed references"],
  [0x64, "typed references"],
  [0x68, "continuations"],
  [0x69, "exception references"],
  [0x6a, "garbage collected types"],
  [0x6b, "garbage collected types"],
  [0x6c, "garbage collected types"],
  [0x6d, "garbage collected types"],
  [0x6e, "garbage collected types"],
  [0x71, "garbage collected types"],
  [0x72, "external references"],
  [0x73, "garbage collected types"],
  [0x74, "exception references"],
  [0x75, "continuations"],
])

export function isTypeOfProposal(type: number): boolean {
  return proposals.has(type)
}

export function readReferenceType(reader: ByteReader, rules: Rules): number {
  const type = reader.byte()
  // Before reference types a table held functions and nothing else.
  if (type === FUNCREF) return type
  checkValueType(reader, type, rules)
  if (type !== EXTERNREF) reader.fail("a table of what is no reference")
  return type
}

export function readLimits(
  reader: ByteReader,
  most: number,
): { initial: number; maximum: number | undefined } {
  const flag = reader.byte()
  if (flag > 1) {
    if (flag < 16) {
      throw new ModuleRefused(
        "unsupported",
        "shared, 64-bit or custom-paged memory is not supported",
      )
    }
    reader.fail("limits")
  }
  const initial = reader.u32()
  const maximum = flag === 1 ? reader.u32() : undefined
  if (initial > most || (maximum !== undefined && maximum > most)) reader.fail("limits too large")
  if (maximum !== undefined && maximum < initial) reader.fail("a minimum above its maximum")
  return { initial, maximum }
}
