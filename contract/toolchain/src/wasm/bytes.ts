// LEB128 and sections of the WebAssembly binary format (core specification, chapter 5).
export function readU32(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let shift = 0, next = at; ; shift += 7) {
    const byte = bytes[next]
    if (byte === undefined) throw new Error(`wasm ends at byte ${next}`)
    next += 1
    value |= (byte & 127) << shift
    if (byte < 128) return { value: value >>> 0, next }
  }
}

export function u32(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  while (rest >= 128) {
    bytes.push((rest & 127) | 128)
    rest >>>= 7
  }
  return [...bytes, rest]
}

/** A signed 32-bit LEB128, as `i32.const` takes it. */
export function s32(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 127) | 128)
    rest >>= 7
  }
  return [...bytes, rest & 127]
}

export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return concat([Uint8Array.from(u32(bytes.length)), bytes])
}

export function concat(parts: readonly ArrayLike<number>[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A vector: the number of the entries and then them. */
export function vector(entries: readonly ArrayLike<number>[]): Uint8Array {
  return concat([u32(entries.length), ...entries])
}
