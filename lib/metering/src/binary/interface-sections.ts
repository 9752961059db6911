/** Types, imports and exports: what a module shows of itself. */
import { ModuleRefused } from "../module-refused.ts"
import type { ByteReader } from "./byte-reader.ts"
import type { Feature, Rules } from "./rules.ts"
import { LARGEST_MEMORY, readLimits, readReferenceType, readValueType } from "./types.ts"
import type { Global, Memory, Table, WasmModule } from "./wasm-module.ts"

const kindNames = ["function", "table", "memory", "global"]
/** What lets a module import one of each kind; functions always. */
const kindFeatures: readonly (Feature | undefined)[] = [
  undefined,
  "imported_tables",
  "imported_memories",
  "imported_globals",
]

type Imported =
  | { kind: 0; typeIndex: number }
  | ({ kind: 1 } & Table)
  | ({ kind: 2 } & Memory)
  | ({ kind: 3 } & Global)

export function readTypes(module: WasmModule, section: ByteReader, rules: Rules): void {
  const count = section.count("types", rules.limits.types, 3)
  const from = section.at
  for (let index = 0; index < count; index += 1) {
    const form = section.byte()
    if (form !== 0x60) {
      throw new ModuleRefused(
        "unsupported",
        `types of form 0x${form.toString(16)} are not supported`,
      )
    }
    const params = readTypeList(section, rules, "parameters", rules.limits.params)
    const results = readTypeList(section, rules, "results", rules.limits.results)
    if (results.length > 1 && !rules.features.has("multi_value")) {
      throw new ModuleRefused("unsupported", "functions of several results are not supported")
    }
    module.types.push({ params, results })
  }
  module.typeEntries = { from, to: section.at, count }
}

function readTypeList(
  section: ByteReader,
  rules: Rules,
  what: string,
  limit: Rules["limits"]["params"],
): Uint8Array {
  const types = new Uint8Array(section.count(what, limit))
  for (let index = 0; index < types.length; index += 1) types[index] = readValueType(section, rules)
  return types
}

export function readImports(module: WasmModule, section: ByteReader, rules: Rules): void {
  const { limits } = rules
  const count = section.count("imports", limits.imports, 4)
  const from = section.at
  const found: { module: string; name: string; what: Imported }[] = []
  for (let index = 0; index < count; index += 1) {
    const from = section.name(limits.nameBytes)
    const name = section.name(limits.nameBytes)
    found.push({ module: from, name, what: readDescription(module, section, rules) })
  }
  module.importEntries = { from, to: section.at, count }
  // All were sound; only then is it judged what may be imported, each in its turn.
  for (const { what, ...entry } of found) {
    checkImport(module, entry, what.kind, rules)
    enter(module, entry, what)
  }
}

function readDescription(module: WasmModule, section: ByteReader, rules: Rules): Imported {
  const kind = section.byte()
  if (kind === 0) {
    const typeIndex = section.u32()
    if (typeIndex >= module.types.length) section.fail(`import of unknown type ${typeIndex}`)
    return { kind, typeIndex }
  }
  if (kind === 1) {
    const type = readReferenceType(section, rules)
    return { kind, type, ...readLimits(section, 0xffff_ffff) }
  }
  if (kind === 2) return { kind, ...readLimits(section, LARGEST_MEMORY) }
  if (kind === 4) throw new ModuleRefused("unsupported", "exceptions are not supported")
  if (kind !== 3) return section.fail(`import of kind ${kind}`)
  const type = readValueType(section, rules)
  const mutable = section.byte()
  if (mutable > 1) section.fail("a global that is neither constant nor variable")
  return { kind, type, mutable: mutable === 1 }
}

function enter(module: WasmModule, entry: { module: string; name: string }, what: Imported) {
  const { imported } = module
  if (what.kind === 0) {
    module.imports.push({ ...entry, typeIndex: what.typeIndex })
    module.functions.push(what.typeIndex)
    return
  }
  module.otherImports.push(entry)
  if (what.kind === 1) imported.tables = module.tables.push(what)
  else if (what.kind === 2) {
    imported.memories = module.memories.push(what)
    if (imported.memories > 1) throw new ModuleRefused("unsupported", "several memories")
  } else imported.globals = module.globals.push(what)
}

function checkImport(
  module: WasmModule,
  entry: { module: string; name: string },
  kind: number,
  rules: Rules,
) {
  const { functions } = rules.limits
  const what = `${entry.module}.${entry.name}`.slice(0, 200)
  if (rules.importsFrom !== undefined && entry.module !== rules.importsFrom) {
    throw new ModuleRefused("import_module", `import of ${what}`)
  }
  if (entry.module === rules.reservedModule) {
    throw new ModuleRefused("reserved_name", `import of ${what}`)
  }
  const feature = kindFeatures[kind]
  if (feature !== undefined && !rules.features.has(feature)) {
    const code = kind === 2 ? "import_memory" : "import_kind"
    throw new ModuleRefused(code, `import of the ${kindNames[kind]} ${what}`)
  }
  if (kind === 0 && module.imports.length >= functions.most) {
    throw new ModuleRefused(functions.code, `more than ${functions.most} functions`)
  }
}

export function readExports(module: WasmModule, section: ByteReader, rules: Rules): void {
  const count = section.count("exports", rules.limits.exports, 3)
  const names = new Set<string>()
  for (let entry = 0; entry < count; entry += 1) {
    const name = section.name(rules.limits.nameBytes)
    const kind = section.byte()
    const index = section.u32()
    const spaces = [module.functions, module.tables, module.memories, module.globals]
    const space = spaces[kind]
    if (space === undefined) return section.fail(`export of kind ${kind}`)
    if (index >= space.length) section.fail(`export of the unknown ${kindNames[kind]} ${index}`)
    if (names.has(name)) section.fail("an export's name twice")
    names.add(name)
    if (kind === 0) module.referable[index] = 1
    module.exports.push({ name, kind, index })
  }
}
