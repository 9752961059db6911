/**
 * Gives a component's imports and exports other names of the same length. Loaded within the walls of a
 * build, where no file outside of this folder is.
 */

/** Component binary format: names that other components see stand in these sections. */
const IMPORTS = 10
const EXPORTS = 11
const PREAMBLE = 8

/** Replaces `from` wherever it stands in the outermost imports and exports. */
export function renameInterfaces(component: Uint8Array, from: string, to: string): Uint8Array {
  if (from.length !== to.length) throw new Error("Names of one length alone can be exchanged")
  const bytes = Buffer.from(component)
  for (let at = PREAMBLE; at < bytes.length;) {
    const id = bytes[at]
    const { value: size, end: start } = readLeb(bytes, at + 1)
    const section = bytes.subarray(start, start + size)
    if (id === IMPORTS || id === EXPORTS) {
      for (let found = section.indexOf(from); found >= 0; found = section.indexOf(from)) {
        section.write(to, found, "latin1")
      }
    }
    at = start + size
  }
  return bytes
}

function readLeb(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  for (let at = start, shift = 0; ; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, end: at + 1 }
  }
}
