/** Types in a component: read past, but for the names in them. */
import type { ByteReader } from "../binary/byte-reader.ts"
import { ModuleRefused } from "../module-refused.ts"
import { readExternName, readPlainName, VECTOR_LIMIT } from "./component-names.ts"

/** Of component and instance types in each other. */
const MAX_NESTING = 100

export function readTypes(section: ByteReader, names: Set<string>): void {
  const count = section.count("types", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) readType(section, names, 0)
}

export function readCoreTypes(section: ByteReader, names: Set<string>): void {
  const count = section.count("core types", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) readCoreType(section, names)
}

/** What an import is, or an export is said to be. */
export function readDescription(reader: ByteReader): void {
  const kind = reader.byte()
  if (kind === 0) {
    if (reader.byte() !== 0x11) reader.fail("a core description of no module")
    reader.u32()
  } else if (kind === 1 || kind === 4 || kind === 5) reader.u32()
  else if (kind === 3) {
    // Equal to a type, or a new resource.
    const bound = reader.byte()
    if (bound === 0) reader.u32()
    else if (bound !== 1) reader.fail("bound of a type")
  } else throw unsupported(`descriptions of kind ${kind}`)
}

function readType(reader: ByteReader, names: Set<string>, depth: number): void {
  if (depth > MAX_NESTING) throw new ModuleRefused("too_large", "types nested too deep")
  const form = reader.byte()
  if (form === 0x40) return readFunctionType(reader, names)
  if (form === 0x41 || form === 0x42) return readDeclarations(reader, names, form === 0x41, depth)
  if (form === 0x3f) {
    // A resource: represented by an i32, perhaps with a destructor.
    if (reader.byte() !== 0x7f) reader.fail("representation of a resource")
    if (readOption(reader)) reader.u32()
    return
  }
  readDefinedType(reader, form, names)
}

function readDefinedType(reader: ByteReader, form: number, names: Set<string>): void {
  const each = (what: string, read: () => void) => {
    const count = reader.count(what, VECTOR_LIMIT)
    for (let index = 0; index < count; index += 1) read()
  }
  const readLabel = () => names.add(readPlainName(reader))
  const readPossible = () => {
    if (readOption(reader)) readValueType(reader)
  }
  switch (form) {
    case 0x72:
      return each("fields", () => {
        readLabel()
        readValueType(reader)
      })
    case 0x71:
      return each("cases", () => {
        readLabel()
        readPossible()
        if (reader.byte() !== 0) reader.fail("a case that refines another")
      })
    case 0x70:
    case 0x6b:
      return readValueType(reader)
    case 0x6f:
      return each("members", () => readValueType(reader))
    case 0x6e:
    case 0x6d:
      return each("labels", readLabel)
    case 0x6a:
      readPossible()
      return readPossible()
    case 0x69:
    case 0x68:
      return void reader.u32()
  }
  // bool, numbers, char, string.
  if (form < 0x73 || form > 0x7f) throw unsupported(`types of form 0x${form.toString(16)}`)
}

/** A primitive type, or the index of another. */
function readValueType(reader: ByteReader): void {
  reader.s33()
}

function readFunctionType(reader: ByteReader, names: Set<string>): void {
  const count = reader.count("parameters", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) {
    names.add(readPlainName(reader))
    readValueType(reader)
  }
  const results = reader.byte()
  if (results === 0) return readValueType(reader)
  if (results !== 1 || reader.byte() !== 0) throw unsupported("functions of several results")
}

/** What a component's type or an instance's says about its imports and exports. */
function readDeclarations(
  reader: ByteReader,
  names: Set<string>,
  isComponent: boolean,
  depth: number,
): void {
  const count = reader.count("declarations", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) {
    const kind = reader.byte()
    if (kind === 0) readCoreType(reader, names)
    else if (kind === 1) readType(reader, names, depth + 1)
    else if (kind === 2) readTypeAlias(reader, names)
    else if (kind === 4 || (kind === 3 && isComponent)) {
      readExternName(reader, names)
      readDescription(reader)
    } else reader.fail(`declaration of kind ${kind}`)
  }
}

function readTypeAlias(reader: ByteReader, names: Set<string>): void {
  if (reader.byte() === 0) reader.byte()
  const target = reader.byte()
  reader.u32()
  if (target === 0 || target === 1) names.add(readPlainName(reader))
  else if (target === 2) reader.u32()
  else reader.fail(`alias of target ${target}`)
}

/** Of a function, or of a whole module: what that imports and exports. */
function readCoreType(reader: ByteReader, names: Set<string>): void {
  const form = reader.byte()
  if (form === 0x60) {
    for (const what of ["parameters", "results"]) reader.skip(reader.count(what, VECTOR_LIMIT))
    return
  }
  if (form !== 0x50) throw unsupported(`core types of form 0x${form.toString(16)}`)
  const count = reader.count("declarations", VECTOR_LIMIT)
  for (let index = 0; index < count; index += 1) {
    const kind = reader.byte()
    if (kind === 1) readCoreType(reader, names)
    else if (kind === 2) {
      reader.skip(2)
      reader.u32()
      reader.u32()
    } else if (kind === 0 || kind === 3) {
      if (kind === 0) names.add(readPlainName(reader))
      names.add(readPlainName(reader))
      readCoreDescription(reader)
    } else reader.fail(`declaration of kind ${kind}`)
  }
}

function readCoreDescription(reader: ByteReader): void {
  const kind = reader.byte()
  if (kind === 0) return void reader.u32()
  if (kind > 3) throw unsupported(`core descriptions of kind ${kind}`)
  if (kind === 1) reader.byte()
  if (kind === 3) return reader.skip(2)
  const flags = reader.byte()
  if (flags > 1) throw unsupported("shared or 64-bit memory")
  reader.u32()
  if (flags === 1) reader.u32()
}

function readOption(reader: ByteReader): boolean {
  const flag = reader.byte()
  if (flag > 1) reader.fail("neither absent nor present")
  return flag === 1
}

function unsupported(what: string): ModuleRefused {
  return new ModuleRefused("unsupported", `${what} are not supported`)
}
