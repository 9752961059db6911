/** Reads, validates and writes a module anew. */
import { ByteWriter } from "../binary/byte-writer.ts"
import { readModule } from "../binary/read-module.ts"
import type { Rules } from "../binary/rules.ts"
import { describeSignature, I32, I64 } from "../binary/value-types.ts"
import { type Entries, signatureOf, type WasmModule } from "../binary/wasm-module.ts"
import { BodyReader } from "../body/body-reader.ts"
import type { PriceList } from "../body/price-list.ts"
import { COUNTERS, type MeteredModule, type ModuleExport } from "../metered-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { CodeWriter } from "./code-writer.ts"
import { EMPTY_FUNCTION, emptyFunctionsFor } from "./empty-functions.ts"
import { OurGlobals } from "./our-globals.ts"
import { rewriteBody } from "./rewrite-body.ts"
import { SizeHelpers } from "./size-helpers.ts"

/** V8's limit for one function. */
const LARGEST_BODY = 7_654_321
const exportKinds = ["function", "table", "memory", "global"] as const

/** What becomes of memories and tables. */
export interface Shape {
  /** A memory that is imported in place of the module's own, which may be absent. */
  importedMemory?: { module: string; memory: string; initial: number; maximum: number }
  /** Maximum of the module's own memory, in pages. */
  memoryMaximum: number
  /** What memories gain is taken from a counter that the host gives; wants `refusedGrowth`. */
  sharesPages?: boolean
  tableMaximum: number
  /** Function names stay for the sake of stack traces. */
  keepsNames: boolean
  /** The name under which a module exports that it was refused memory. */
  refusedGrowth?: string
  /** Whether a module with a table exports which index was called last. */
  keepsCalledIndex?: boolean
  /** Whether V8 is to inline as much as where most functions are small. */
  inlines?: boolean
}

export function rewriteModule(
  wasm: Uint8Array,
  rules: Rules,
  prices: PriceList,
  shape: Shape,
  onBody?: (body: BodyReader, written: number) => void,
): { metered: MeteredModule; module: WasmModule } {
  const code = new CodeWriter(wasm.length * 2)
  const one = new CodeWriter(4096)
  const blockTypes: Uint8Array[] = []
  const sizes: number[] = []
  let reader: BodyReader | undefined
  let helpers: SizeHelpers | undefined
  const module = readModule(wasm, rules, (unfinished, range, index) => {
    reader ??= new BodyReader(unfinished, rules, prices)
    one.globals = globalsOf(unfinished, shape)
    helpers ??= new SizeHelpers(
      prices,
      unfinished.functions.length,
      one.globals,
      refusalsOf(unfinished, shape),
    )
    reader.read(range, index)
    one.clear()
    const blockType = blockTypeOf(unfinished, index, blockTypes)
    rewriteBody(reader, one, blockType, helpers, calledIndexOf(unfinished, shape))
    onBody?.(reader, one.length)
    if (one.length > LARGEST_BODY) {
      throw new ModuleRefused("body_too_large", `function ${index} is too large once it is metered`)
    }
    sizes.push(one.length)
    code.u32(one.length)
    code.copy(one.written())
  })
  const indirectCalls = indirectCallsOf(module, shape)
  const refusals = helpers?.marksRefusals ? shape.refusedGrowth : undefined
  const helperBodies = helpers?.bodies ?? []
  for (const { length } of helperBodies) sizes.push(length)
  const empty = shape.inlines === true ? emptyFunctionsFor(sizes) : 0
  const bodies = [...helperBodies, ...Array.from({ length: empty }, () => EMPTY_FUNCTION)]
  const added = { bodies, indirectCalls, global: refusals ?? indirectCalls?.called }
  const bytes = writeModule(module, shape, code, blockTypes, added)
  const metered: MeteredModule = { bytes, ...describe(module) }
  if (indirectCalls !== undefined) metered.indirectCalls = indirectCalls
  return { metered, module }
}

interface Added {
  /** Of functions that are appended, all of the helpers' type. */
  bodies: readonly Uint8Array[]
  indirectCalls: MeteredModule["indirectCalls"]
  /** The export name of the one global that is appended: guests mark refusals, contracts keep the called index. */
  global: string | undefined
}

/** The index of a global that is appended: nothing moves. */
function refusalsOf(module: WasmModule, shape: Shape): number | undefined {
  return shape.refusedGrowth === undefined ? undefined : firstAppended(module, shape)
}

function calledIndexOf(module: WasmModule, shape: Shape): number | undefined {
  return shape.keepsCalledIndex === true ? firstAppended(module, shape) : undefined
}

function firstAppended(module: WasmModule, shape: Shape): number {
  return globalsOf(module, shape).move(module.globals.length)
}

function globalsOf({ imported }: WasmModule, { sharesPages = false }: Shape): OurGlobals {
  return new OurGlobals(imported.globals, sharesPages)
}

/** Names that the module itself has not taken. */
function indirectCallsOf(
  { tables, exports }: WasmModule,
  { keepsCalledIndex }: Shape,
): MeteredModule["indirectCalls"] {
  if (keepsCalledIndex !== true || tables.length === 0) return undefined
  let prefix = "outlayer."
  while (exports.some(({ name }) => name.startsWith(prefix))) prefix += "_"
  return { called: `${prefix}called`, table: `${prefix}table` }
}

/** The type of the block that a body becomes; several results need a type of their own. */
function blockTypeOf(module: WasmModule, index: number, blockTypes: Uint8Array[]): Uint8Array {
  const results = signatureOf(module, index)?.results ?? new Uint8Array(0)
  if (results.length === 0) return Uint8Array.of(0x40)
  if (results.length === 1) return results
  let place = blockTypes.findIndex((known) => Buffer.compare(known, results) === 0)
  if (place < 0) place = blockTypes.push(results) - 1
  const type = new ByteWriter(5)
  // The helpers' type comes first.
  type.signed(module.types.length + 1 + place)
  return type.written().slice()
}

function writeModule(
  module: WasmModule,
  shape: Shape,
  code: CodeWriter,
  blockTypes: readonly Uint8Array[],
  { bodies: added, indirectCalls, global }: Added,
): Uint8Array {
  const out = new ByteWriter(code.length + module.bytes.length)
  out.copy(module.bytes, 0, 8)
  section(out, 1, (to) => {
    copyEntries(to, module, module.typeEntries, 1 + blockTypes.length)
    to.copy(Uint8Array.of(0x60, 1, I32, 1, I32))
    for (const results of blockTypes) {
      to.byte(0x60)
      to.u32(0)
      to.u32(results.length)
      to.copy(results)
    }
  })
  section(out, 2, (to) => {
    writeImports(to, module, shape)
  })
  section(out, 3, (to) => {
    copyEntries(to, module, module.functionEntries, added.length)
    for (let index = 0; index < added.length; index += 1) to.u32(module.types.length)
  })
  if (module.tables.length > module.imported.tables) {
    section(out, 4, (to) => {
      writeTables(to, module, shape)
    })
  }
  if (shape.importedMemory === undefined && module.memories.length > module.imported.memories) {
    section(out, 5, (to) => {
      writeMemories(to, module, shape)
    })
  }
  if (global === undefined) copySection(out, 6, module, module.globalEntries)
  else {
    section(out, 6, (to) => {
      const appended = shape.sharesPages ? 2 : 1
      copyEntries(to, module, module.globalEntries, appended)
      for (let one = 0; one < appended; one += 1) to.copy(Uint8Array.of(I32, 1, 0x41, 0x00, 0x0b))
    })
  }
  section(out, 7, (to) => {
    writeExports(to, module, shape, global, indirectCalls?.table)
  })
  if (module.start !== undefined) {
    const { start } = module
    section(out, 8, (to) => {
      to.u32(start)
    })
  }
  copySection(out, 9, module, module.elementEntries)
  if (module.dataCount !== undefined) {
    const { dataCount } = module
    section(out, 12, (to) => {
      to.u32(dataCount)
    })
  }
  const bodies = new ByteWriter(code.length + 1024)
  bodies.u32(module.bodies.length + added.length)
  bodies.copy(code.written())
  for (const helper of added) {
    bodies.u32(helper.length)
    bodies.copy(helper)
  }
  out.section(10, bodies.written())
  copySection(out, 11, module, module.dataEntries)
  if (shape.keepsNames && module.nameSection !== undefined) {
    const { from, to } = module.nameSection
    out.section(0, module.bytes.subarray(from, to))
  }
  return out.written().slice()
}

function writeImports(to: ByteWriter, module: WasmModule, shape: Shape) {
  const { importedMemory } = shape
  const counters = [
    [COUNTERS.fuel, I64],
    [COUNTERS.stack, I32],
    ...(shape.sharesPages ? [[COUNTERS.pages, I32] as const] : []),
  ] as const
  to.u32(module.importEntries.count + counters.length + (importedMemory === undefined ? 0 : 1))
  to.copy(module.bytes, module.importEntries.from, module.importEntries.to)
  for (const [name, type] of counters) {
    to.name(COUNTERS.module)
    to.name(name)
    to.copy(Uint8Array.of(3, type, 1))
  }
  if (importedMemory !== undefined) {
    to.name(importedMemory.module)
    to.name(importedMemory.memory)
    to.copy(Uint8Array.of(2, 1))
    to.u32(importedMemory.initial)
    to.u32(importedMemory.maximum)
  }
}

function writeExports(
  to: ByteWriter,
  module: WasmModule,
  shape: Shape,
  global: string | undefined,
  table: string | undefined,
) {
  const globals = globalsOf(module, shape)
  const added = [global, table].filter((name) => name !== undefined)
  to.u32(module.exports.length + added.length)
  for (const { name, kind, index } of module.exports) {
    to.name(name)
    to.byte(kind)
    to.u32(kind === 3 ? globals.move(index) : index)
  }
  if (global !== undefined) {
    to.name(global)
    to.byte(3)
    to.u32(globals.move(module.globals.length))
  }
  if (table !== undefined) {
    to.name(table)
    to.byte(1)
    to.u32(0)
  }
}

function writeTables(to: ByteWriter, module: WasmModule, { tableMaximum }: Shape) {
  const own = ownTables(module)
  to.u32(own.length)
  for (const { type, initial, maximum } of own) {
    to.byte(type)
    to.byte(1)
    to.u32(initial)
    to.u32(Math.min(maximum ?? tableMaximum, tableMaximum))
  }
}

function ownTables({ tables, imported }: WasmModule) {
  return tables.slice(imported.tables)
}

function ownMemories({ memories, imported }: WasmModule) {
  return memories.slice(imported.memories)
}

function writeMemories(to: ByteWriter, module: WasmModule, { memoryMaximum }: Shape) {
  const own = ownMemories(module)
  to.u32(own.length)
  for (const { initial, maximum } of own) {
    if (initial > memoryMaximum) {
      throw new ModuleRefused("memory_too_large", `a memory of ${initial} pages at the start`)
    }
    to.byte(1)
    to.u32(initial)
    to.u32(Math.min(maximum ?? memoryMaximum, memoryMaximum))
  }
}

function section(out: ByteWriter, id: number, write: (to: ByteWriter) => void) {
  const content = new ByteWriter()
  write(content)
  out.section(id, content.written())
}

function copySection(out: ByteWriter, id: number, module: WasmModule, entries: Entries) {
  if (entries.count === 0) return
  section(out, id, (to) => {
    copyEntries(to, module, entries, 0)
  })
}

function copyEntries(to: ByteWriter, module: WasmModule, entries: Entries, added: number) {
  to.u32(entries.count + added)
  to.copy(module.bytes, entries.from, entries.to)
}

function describe(module: WasmModule): Omit<MeteredModule, "bytes"> {
  const none = { params: new Uint8Array(0), results: new Uint8Array(0) }
  const typeOf = (index: number) => describeSignature(signatureOf(module, index) ?? none)
  const imports = module.imports.map(({ module: from, name }, index) => ({
    module: from,
    name,
    type: typeOf(index),
  }))
  const exports = module.exports.map(({ name, kind, index }): ModuleExport => {
    if (kind !== 0) return { name, kind: exportKinds[kind] ?? "global" }
    return { name, kind: "function", type: typeOf(index), imported: index < module.imports.length }
  })
  const sum = (all: readonly { initial: number }[]) =>
    all.reduce((total, { initial }) => total + initial, 0)
  const takes = { pages: sum(ownMemories(module)), elements: sum(ownTables(module)) }
  return { imports, otherImports: module.otherImports, exports, takes }
}
