/** Types, imports and exports: what a module shows of itself. */
import { ModuleRefused } from "../module-refused.ts"
import type { ByteReader } from "./byte-reader.ts"
import type { Rules } from "./rules.ts"
import { LARGEST_MEMORY, readLimits, readReferenceType, readValueType } from "./types.ts"
import type { WasmModule } from "./wasm-module.ts"

const kindNames = ["function", "table", "memory", "global"]

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
  const found: { module: string; name: string; kind: number; typeIndex: number }[] = []
  for (let index = 0; index < count; index += 1) {
    const from = section.name(limits.nameBytes)
    const name = section.name(limits.nameBytes)
    const kind = section.byte()
    found.push({
      module: from,
      name,
      kind,
      typeIndex: readDescription(module, section, kind, rules),
    })
  }
  module.importEntries = { from, to: section.at, count }
  // All were sound; only then is it judged what may be imported, each in its turn.
  for (const { kind, ...entry } of found) {
    checkImport(module, entry, kind, rules)
    module.imports.push(entry)
    module.functions.push(entry.typeIndex)
  }
}

function readDescription(module: WasmModule, section: ByteReader, kind: number, rules: Rules) {
  if (kind === 0) {
    const typeIndex = section.u32()
    if (typeIndex >= module.types.length) section.fail(`import of unknown type ${typeIndex}`)
    return typeIndex
  }
  if (kind === 1) {
    readReferenceType(section, rules)
    readLimits(section, 0xffff_ffff)
  } else if (kind === 2) {
    readLimits(section, LARGEST_MEMORY)
  } else if (kind === 3) {
    readValueType(section, rules)
    if (section.byte() > 1) section.fail("a global that is neither constant nor variable")
  } else if (kind === 4) {
    throw new ModuleRefused("unsupported", "exceptions are not supported")
  } else {
    section.fail(`import of kind ${kind}`)
  }
  return 0
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
  if (kind !== 0) {
    const code = kind === 2 ? "import_memory" : "import_kind"
    throw new ModuleRefused(code, `import of the ${kindNames[kind]} ${what}`)
  }
  if (module.imports.length >= functions.most) {
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
