/** Gives a core module a name of ours, which V8 then puts into the frames of a trap. */
import { ByteReader } from "../binary/byte-reader.ts"
import { ByteWriter } from "../binary/byte-writer.ts"

const CUSTOM = 0
const NAME_SECTION = "name"
const MODULE_NAME = 0
/** Magic and version. */
const HEADER_BYTES = 8
const PLAIN = /^[A-Za-z0-9_.-]{1,60}$/
const OF_ANY_LENGTH = { most: Infinity, code: "malformed" }

interface Names {
  given?: string
  /** Of functions and the like: whole parts of the section. */
  others: Uint8Array[]
}

/**
 * `name`, and after a dot what the module calls itself, where that is a plain word. Of a module that
 * metering has let pass: its sections are whole. The name section (appendix "Custom Sections" of the
 * specification) need not be: then it says nothing, and makes way.
 */
export function nameModule(wasm: Uint8Array, name: string): Uint8Array {
  const out = new ByteWriter(wasm.length + 256)
  out.copy(wasm, 0, HEADER_BYTES)
  let { given, others }: Names = { others: [] }
  for (const { id, content, whole } of readBlocks(new ByteReader(wasm, HEADER_BYTES))) {
    if (id === CUSTOM && content.name(OF_ANY_LENGTH) === NAME_SECTION) {
      ;({ given, others } = readNames(content))
    } else {
      out.copy(whole)
    }
  }
  const text = new ByteWriter()
  text.name(given !== undefined && PLAIN.test(given) ? `${name}.${given}` : name)
  const names = new ByteWriter()
  names.name(NAME_SECTION)
  names.section(MODULE_NAME, text.written())
  for (const other of others) names.copy(other)
  out.section(CUSTOM, names.written())
  return out.written()
}

function readNames(section: ByteReader): Names {
  const names: Names = { others: [] }
  try {
    for (const { id, content, whole } of readBlocks(section)) {
      if (id === MODULE_NAME) names.given = content.name(OF_ANY_LENGTH)
      else names.others.push(whole)
    }
  } catch {
    return { others: [] }
  }
  return names
}

/** An id, a length, and as many bytes: sections, or the parts of the name section. */
function* readBlocks(reader: ByteReader) {
  while (!reader.done) {
    const start = reader.at
    const id = reader.byte()
    const length = reader.u32()
    const content = new ByteReader(reader.bytes, reader.at, reader.at + length)
    reader.skip(length)
    yield { id, content, whole: reader.bytes.subarray(start, reader.at) }
  }
}
