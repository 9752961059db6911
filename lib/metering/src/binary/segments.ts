import { ModuleRefused } from "../module-refused.ts"
import type { ByteReader } from "./byte-reader.ts"
import { readConstant } from "./constant.ts"
import type { Rules } from "./rules.ts"
import { readReferenceType } from "./types.ts"
import { FUNCREF, I32 } from "./value-types.ts"
import type { WasmModule } from "./wasm-module.ts"

/** Element segments in all eight forms (5.5.12): bit 0 passive or declared, bit 1 a table or declared, bit 2 expressions. */
export function readElements(module: WasmModule, section: ByteReader, rules: Rules): void {
  const count = section.count("element segments", rules.limits.elementSegments, 2)
  const from = section.at
  for (let index = 0; index < count; index += 1) {
    const form = section.u32()
    if (form > 7) section.fail(`element segment of form ${form}`)
    if (form > 0) requireBulkMemory(rules, "element segments of the newer forms")
    const active = (form & 1) === 0
    const table = active ? readTarget(module, section, form, rules) : undefined
    const type = readElementType(section, form, rules)
    if (table !== undefined && table !== type)
      section.fail("a segment of another type than its table")
    readItems(module, section, (form & 4) !== 0, type, rules)
    module.elements.push(type)
  }
  module.elementEntries = { from, to: section.at, count }
}

function readTarget(module: WasmModule, section: ByteReader, form: number, rules: Rules): number {
  const index = (form & 2) === 0 ? 0 : section.u32()
  const table = module.tables[index]
  if (table === undefined) return section.fail(`a segment for the unknown table ${index}`)
  readConstant(module, section, I32, rules)
  return table.type
}

function readElementType(section: ByteReader, form: number, rules: Rules): number {
  if ((form & 3) === 0) return FUNCREF
  if ((form & 4) !== 0) return readReferenceType(section, rules)
  if (section.byte() !== 0) section.fail("kind of elements")
  return FUNCREF
}

function readItems(
  module: WasmModule,
  section: ByteReader,
  areExpressions: boolean,
  type: number,
  rules: Rules,
) {
  const items = section.count("elements", { most: 10_000_000, code: "malformed" })
  for (let item = 0; item < items; item += 1) {
    if (areExpressions) {
      readConstant(module, section, type, rules)
      continue
    }
    const index = section.u32()
    if (index >= module.functions.length) section.fail(`unknown function ${index}`)
    module.referable[index] = 1
  }
}

export function readData(module: WasmModule, section: ByteReader, rules: Rules): void {
  const count = section.count("data segments", rules.limits.dataSegments, 2)
  const from = section.at
  for (let index = 0; index < count; index += 1) {
    const form = section.u32()
    if (form > 2) section.fail(`data segment of form ${form}`)
    if (form > 0) requireBulkMemory(rules, "data segments of the newer forms")
    if (form === 2 && section.u32() !== 0) section.fail("a data segment for another memory")
    if (form !== 1) {
      if (module.memories.length === 0) section.fail("a data segment without a memory")
      readConstant(module, section, I32, rules)
    }
    section.skip(section.u32())
  }
  module.dataEntries = { from, to: section.at, count }
}

function requireBulkMemory(rules: Rules, what: string) {
  if (!rules.features.has("bulk_memory")) {
    throw new ModuleRefused("unsupported", `${what} are not supported`)
  }
}
