/**
 * Reads a component (design/mvp/Binary.md of the component model) as far as its core modules and its names: validation is for
 * whoever links it. What is not known here is refused.
 */
import { ByteReader } from "../binary/byte-reader.ts"
import type { Limit } from "../binary/rules.ts"
import { ModuleRefused } from "../module-refused.ts"
import { readCoreTypes, readDescription, readTypes } from "./component-types.ts"
import { readExternName, readPlainName, VECTOR_LIMIT } from "./component-names.ts"

/** Version 13 of the binary format, layer 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]

export interface Component {
  /** Those of nested components among them, in the order in which they stand. */
  modules: readonly Uint8Array[]
  /** Of the outermost component. */
  imports: readonly string[]
  exports: readonly string[]
  /** Every other name that it gives to something, labels of types included, but for those inside core modules. */
  names: ReadonlySet<string>
}

interface ComponentLimits {
  modules: Limit
  /** Components in components. */
  nesting: Limit
  /** Of the outermost component. */
  exports: Limit
  /** Everything that its sections name, make or alias, at all levels: a linker's work grows with it. */
  entries: Limit
}

/** What the sections of one level and those below it add to. */
interface Found {
  modules: Uint8Array[]
  imports: string[]
  exports: string[]
  names: Set<string>
  entries: number
  limits: ComponentLimits
}

/** Whether the bytes begin as a component's do. */
export function isComponent(bytes: Uint8Array): boolean {
  return HEADER.every((byte, index) => bytes[index] === byte)
}

/** Throws `ModuleRefused`: `malformed`, `unsupported` or what a limit says. */
export function readComponent(bytes: Uint8Array, limits: ComponentLimits): Component {
  const names = new Set<string>()
  const found: Found = { modules: [], imports: [], exports: [], names, entries: 0, limits }
  readLevel(new ByteReader(bytes), found, 0)
  return found
}

function readLevel(reader: ByteReader, found: Found, depth: number): void {
  const { nesting, modules } = found.limits
  if (depth > nesting.most) throw new ModuleRefused(nesting.code, "components nested too deep")
  for (const byte of HEADER) if (reader.byte() !== byte) reader.fail("not a component's header")
  while (!reader.done) {
    const id = reader.byte()
    const size = reader.u32()
    const from = reader.at
    reader.skip(size)
    const section = new ByteReader(reader.bytes, from, reader.at)
    if (id === 1) {
      found.modules.push(reader.bytes.subarray(from, reader.at))
      requireAtMost(modules, found.modules.length, "core modules")
    } else if (id === 4) readLevel(section, found, depth + 1)
    else readSection(section, id, found, depth)
  }
}

function readSection(section: ByteReader, id: number, found: Found, depth: number): void {
  const { names } = found
  // Custom sections say nothing that counts.
  if (id === 0) return
  const each = (read: () => void) =>
    readEach(section, () => {
      found.entries += 1
      requireAtMost(found.limits.entries, found.entries, "entries")
      read()
    })
  if (id === 8) each(() => readCanonical(section))
  else if (id === 2) each(() => readCoreInstance(section, names))
  else if (id === 3) readCoreTypes(section, names)
  else if (id === 5) each(() => readInstance(section, names))
  else if (id === 6) each(() => readAlias(section, names))
  else if (id === 7) readTypes(section, names)
  else if (id === 10) {
    each(() => {
      const name = readExternName(section, names)
      if (depth === 0) found.imports.push(name)
      readDescription(section)
    })
  } else if (id === 11) {
    each(() => {
      const name = readExternName(section, names)
      if (depth === 0) found.exports.push(name)
      requireAtMost(found.limits.exports, found.exports.length, "exports")
      readSort(section)
      section.u32()
      if (readFlag(section)) readDescription(section)
    })
  } else throw new ModuleRefused("unsupported", `component section ${id} is not supported`)
  if (!section.done) section.fail(`component section ${id} is longer than its content`)
}

function requireAtMost({ most, code }: Limit, count: number, what: string): void {
  if (count > most) throw new ModuleRefused(code, `more than ${most} ${what}`)
}

function readEach(section: ByteReader, read: () => void): void {
  const count = section.count("entries", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) read()
}

/** `instantiate`, or a bag of what there is already. */
function readCoreInstance(section: ByteReader, names: Set<string>): void {
  const form = section.byte()
  if (form > 1) section.fail(`core instance of form ${form}`)
  if (form === 0) section.u32()
  readEach(section, () => {
    names.add(readPlainName(section))
    const sort = section.byte()
    if (form === 0 && sort !== 0x12) section.fail("an argument that is no instance")
    section.u32()
  })
}

/** Functions that the canonical ABI makes: those of its first edition, which knows nothing of tasks. */
function readCanonical(section: ByteReader): void {
  const kind = section.byte()
  if (kind > 4) throw new ModuleRefused("unsupported", "asynchronous functions are not supported")
  if (kind <= 1 && section.byte() !== 0) section.fail("a canonical function of another form")
  section.u32()
  if (kind > 1) return
  readEach(section, () => {
    const option = section.byte()
    // String encodings, then memory, realloc and post-return; then what is asynchronous.
    if (option > 5)
      throw new ModuleRefused("unsupported", "asynchronous functions are not supported")
    if (option > 2) section.u32()
  })
  if (kind === 0) section.u32()
}

function readInstance(section: ByteReader, names: Set<string>): void {
  const form = section.byte()
  if (form > 1) section.fail(`instance of form ${form}`)
  if (form === 0) section.u32()
  readEach(section, () => {
    if (form === 0) names.add(readPlainName(section))
    else readExternName(section, names)
    readSort(section)
    section.u32()
  })
}

function readAlias(section: ByteReader, names: Set<string>): void {
  readSort(section)
  const target = section.byte()
  section.u32()
  if (target === 0 || target === 1) names.add(readPlainName(section))
  else if (target === 2) section.u32()
  else section.fail(`alias of target ${target}`)
}

function readSort(section: ByteReader): void {
  const sort = section.byte()
  if (sort === 0) section.byte()
  else if (sort > 5) section.fail(`sort ${sort}`)
}

function readFlag(section: ByteReader): boolean {
  const flag = section.byte()
  if (flag > 1) section.fail("neither absent nor present")
  return flag === 1
}
