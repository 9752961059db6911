/** Reads a module section by section, in order, so that the first thing that is wrong is what refuses it. */
import { ModuleRefused } from "../module-refused.ts"
import { ByteReader } from "./byte-reader.ts"
import { readConstant } from "./constant.ts"
import { readExports, readImports, readTypes } from "./interface-sections.ts"
import type { Rules } from "./rules.ts"
import { readData, readElements } from "./segments.ts"
import { LARGEST_MEMORY, readLimits, readReferenceType, readValueType } from "./types.ts"
import { emptyModule, type Range, type WasmModule } from "./wasm-module.ts"

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** Ids in the order of sections (5.5.2): the data count, 12, stands before the code. */
const order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]

/** Calls `readBody` for each function body where it stands, all that comes before it having been read. */
export function readModule(
  bytes: Uint8Array,
  rules: Rules,
  readBody: (module: WasmModule, body: Range, index: number) => void,
): WasmModule {
  const reader = new ByteReader(bytes)
  for (const byte of HEADER) {
    if (reader.byte() !== byte) reader.fail("not the header of a core module of version 1")
  }
  const module = emptyModule(bytes)
  let last = -1
  while (!reader.done) {
    const start = reader.at
    const id = reader.byte()
    const size = reader.u32()
    const from = reader.at
    reader.skip(size)
    const section = new ByteReader(bytes, from, reader.at)
    if (id === 0) {
      readCustom(module, section, rules)
      module.customBytes += reader.at - start
      continue
    }
    const place = order.indexOf(id)
    if (id === 13) throw new ModuleRefused("unsupported", "exceptions are not supported")
    if (place < 0) section.fail(`section ${id}`)
    if (place <= last) section.fail(`section ${id} out of order`)
    last = place
    readSection(module, section, id, rules, readBody)
    if (!section.done) section.fail(`section ${id} is longer than its content`)
  }
  if (module.bodies.length !== module.functions.length - module.imports.length) {
    reader.fail("functions without bodies")
  }
  if (module.dataCount !== undefined && module.dataEntries.count !== module.dataCount) {
    reader.fail("the data count is not the number of segments")
  }
  return module
}

function readSection(
  module: WasmModule,
  section: ByteReader,
  id: number,
  rules: Rules,
  readBody: (module: WasmModule, body: Range, index: number) => void,
) {
  if (id === 1) return readTypes(module, section, rules)
  if (id === 2) return readImports(module, section, rules)
  if (id === 3) return readFunctions(module, section)
  if (id === 4) return readTables(module, section, rules)
  if (id === 5) return readMemories(module, section)
  if (id === 6) return readGlobals(module, section, rules)
  if (id === 7) return readExports(module, section, rules)
  if (id === 8) return readStart(module, section)
  if (id === 9) return readElements(module, section, rules)
  if (id === 12) return readDataCount(module, section, rules)
  if (id === 10) return readCode(module, section, rules, readBody)
  return readData(module, section, rules)
}

function readCustom(module: WasmModule, section: ByteReader, rules: Rules) {
  const from = section.at
  if (section.name(rules.limits.nameBytes) === "name") {
    module.nameSection ??= { from, to: section.end }
  }
}

function readFunctions(module: WasmModule, section: ByteReader) {
  // Too many functions is said where the bodies are counted.
  const count = section.count("functions", { most: 1_000_000, code: "malformed" })
  const from = section.at
  for (let index = 0; index < count; index += 1) {
    const typeIndex = section.u32()
    if (typeIndex >= module.types.length) section.fail(`function of unknown type ${typeIndex}`)
    module.functions.push(typeIndex)
  }
  module.functionEntries = { from, to: section.at, count }
  module.referable = new Uint8Array(module.functions.length)
}

function readTables(module: WasmModule, section: ByteReader, rules: Rules) {
  const count = section.count("tables", { most: 100_000, code: "malformed" })
  for (let index = 0; index < count; index += 1) {
    if (section.bytes[section.at] === 0x40) {
      throw new ModuleRefused("unsupported", "tables with an initial value are not supported")
    }
    const type = readReferenceType(section, rules)
    module.tables.push({ type, ...readLimits(section, 0xffff_ffff) })
  }
  const { tables, tableElements } = rules.limits
  if (module.tables.length > tables.most) {
    throw new ModuleRefused(tables.code, `${module.tables.length} tables`)
  }
  for (const { initial } of module.tables) {
    if (initial > tableElements.most) {
      throw new ModuleRefused(tableElements.code, `a table of ${initial} elements`)
    }
  }
}

function readMemories(module: WasmModule, section: ByteReader) {
  const count = section.count("memories", { most: 1, code: "unsupported" })
  for (let index = 0; index < count; index += 1) {
    module.memories.push(readLimits(section, LARGEST_MEMORY))
  }
  if (module.memories.length > 1) throw new ModuleRefused("unsupported", "several memories")
}

function readGlobals(module: WasmModule, section: ByteReader, rules: Rules) {
  const count = section.count("globals", rules.limits.globals)
  const from = section.at
  for (let index = 0; index < count; index += 1) {
    const type = readValueType(section, rules)
    const mutable = section.byte()
    if (mutable > 1) section.fail("a global that is neither constant nor variable")
    readConstant(module, section, type, rules)
    module.globals.push({ type, mutable: mutable === 1 })
  }
  module.globalEntries = { from, to: section.at, count }
}

function readStart(module: WasmModule, section: ByteReader) {
  const index = section.u32()
  const signature = module.types[module.functions[index] ?? -1]
  if (signature === undefined) return section.fail(`unknown start function ${index}`)
  if (signature.params.length + signature.results.length > 0) {
    section.fail("a start function with parameters or results")
  }
  module.start = index
}

function readDataCount(module: WasmModule, section: ByteReader, rules: Rules) {
  if (!rules.features.has("bulk_memory")) section.fail("a data count without bulk memory")
  const { most, code } = rules.limits.dataSegments
  module.dataCount = section.u32()
  if (module.dataCount > most) throw new ModuleRefused(code, `${module.dataCount} data segments`)
}

function readCode(
  module: WasmModule,
  section: ByteReader,
  rules: Rules,
  readBody: (module: WasmModule, body: Range, index: number) => void,
) {
  const imported = module.imports.length
  const { most, code } = rules.limits.functions
  const count = section.u32()
  if (count + imported > most) {
    throw new ModuleRefused(code, `${count + imported} functions, of at most ${most}`)
  }
  if (count !== module.functions.length - imported) section.fail("bodies without functions")
  for (let index = 0; index < count; index += 1) {
    const size = section.u32()
    const from = section.at
    section.skip(size)
    const body = { from, to: section.at }
    const { bodyBytes } = rules.limits
    if (size > bodyBytes.most) {
      throw new ModuleRefused(bodyBytes.code, `a function body of ${size} bytes`)
    }
    module.bodies.push(body)
    readBody(module, body, imported + index)
  }
}
