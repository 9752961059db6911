/** The sections of a module or component, as far as a builder cares: that it is one, and what can go. */
import type { BuildTarget } from "@outlayer/protocol/pure"
import { BuildError } from "./build.ts"

/**
 * WebAssembly core specification 5.5.16: magic, then version 1. A component has version 13 and its
 * layer, 1; its sections are framed alike.
 */
const HEADERS = {
  "wasm32-wasip1": Buffer.from("\0asm\x01\0\0\0", "latin1"),
  "wasm32-wasip2": Buffer.from("\0asm\x0d\0\x01\0", "latin1"),
}
const CUSTOM = 0
/** Symbols for debuggers and what the tools say of themselves; `name` stays, for traps. */
const DROPPED = /^(?:\.debug_.*|producers|linking|reloc\..*)$/

/** The same without what no run needs: the same bytes for the same input. */
export function stripModule(wasm: Uint8Array, target: BuildTarget): Uint8Array {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength)
  const header = HEADERS[target]
  if (!bytes.subarray(0, 8).equals(header)) throw refused(`The build's result is not for ${target}`)
  const kept: Uint8Array[] = [header]
  let offset = 8
  while (offset < bytes.length) {
    const id = bytes[offset]
    const size = readU32(bytes, offset + 1)
    const end = size.next + size.value
    if (end > bytes.length) throw refused("The build's result is cut off")
    const isDropped = id === CUSTOM && DROPPED.test(readName(bytes, size.next, end))
    if (!isDropped) kept.push(bytes.subarray(offset, end))
    offset = end
  }
  return Buffer.concat(kept)
}

function readName(bytes: Buffer, at: number, end: number): string {
  const length = readU32(bytes, at)
  return bytes.toString("utf8", length.next, Math.min(length.next + length.value, end))
}

/** LEB128, core specification 5.2.2. */
function readU32(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: at + index + 1 }
  }
  throw refused("The build's result is malformed")
}

function refused(message: string): BuildError {
  return new BuildError("wasm_refused", message)
}
