/** Gives a core module a name of ours, which V8 then puts into the frames of a trap. */

const NAME_SECTION = "name"
const MODULE_NAME = 0
/** Magic and version. */
const HEADER_BYTES = 8
const PLAIN = /^[A-Za-z0-9_.-]{1,60}$/

/**
 * `name`, and after a dot what the module calls itself, where that is a plain word. Of a module that
 * metering has let pass: its sections are whole. The name section (appendix "Custom Sections" of the
 * specification) need not be: then it says nothing, and makes way.
 */
export function nameModule(wasm: Uint8Array, name: string): Uint8Array {
  const kept: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)]
  let given: string | undefined
  let others: Uint8Array[] = []
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const { start, end } = readBlock(wasm, at)
    const content = wasm[at] === 0 ? readText(wasm, start, end) : undefined
    if (content?.text === NAME_SECTION) {
      ;({ given, others } = readNames(wasm.subarray(content.end, end)))
    } else {
      kept.push(wasm.subarray(at, end))
    }
    at = end
  }
  const whole = given !== undefined && PLAIN.test(given) ? `${name}.${given}` : name
  const names = Buffer.concat([block(MODULE_NAME, text(whole)), ...others])
  return Buffer.concat([...kept, block(0, Buffer.concat([text(NAME_SECTION), names]))])
}

function readNames(names: Uint8Array): { given: string | undefined; others: Uint8Array[] } {
  const others: Uint8Array[] = []
  let given: string | undefined
  try {
    for (let at = 0; at < names.length;) {
      const { start, end } = readBlock(names, at)
      if (names[at] === MODULE_NAME) given = readText(names, start, end).text
      else others.push(names.subarray(at, end))
      at = end
    }
  } catch {
    return { given: undefined, others: [] }
  }
  return { given, others }
}

/** An id, a length, and as many bytes: a section, or a part of the name section. */
function readBlock(bytes: Uint8Array, at: number): { start: number; end: number } {
  const { value, end: start } = readLength(bytes, at + 1)
  if (start + value > bytes.length) throw new Error("a section ends beyond its module")
  return { start, end: start + value }
}

function readText(bytes: Uint8Array, at: number, limit: number): { text: string; end: number } {
  const { value, end: start } = readLength(bytes, at)
  if (start + value > limit) throw new Error("a name ends beyond its section")
  return {
    text: new TextDecoder().decode(bytes.subarray(start, start + value)),
    end: start + value,
  }
}

/** Unsigned LEB128 of 32 bits. */
function readLength(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0
  for (let place = 0; place < 5; place += 1) {
    const byte = bytes[at + place] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * place)
    if (byte < 0x80) return { value, end: at + place + 1 }
  }
  throw new Error("a length of more than five bytes")
}

function block(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id), length(content.length), content])
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([length(bytes.length), bytes])
}

function length(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
