import { concat, readU32, u32 } from "./bytes.ts"

export const Section = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
} as const

/** The contents of each section by its id; custom sections are left out. */
export function readSections(wasm: Uint8Array): Map<number, Uint8Array> {
  const sections = new Map<number, Uint8Array>()
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at] ?? 0
    const { value: size, next } = readU32(wasm, at + 1)
    if (id !== 0) sections.set(id, wasm.subarray(next, next + size))
    at = next + size
  }
  return sections
}

export function writeSections(sections: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const ordered = [...sections].toSorted(([a], [b]) => a - b)
  return concat([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...ordered.flatMap(([id, contents]) => [[id, ...u32(contents.length)], contents]),
  ])
}

/** The entries of a section whose every entry says its own size: code. */
export function readBodies(code: Uint8Array): Uint8Array[] {
  const bodies: Uint8Array[] = []
  let { value: count, next: at } = readU32(code, 0)
  for (; count > 0; count -= 1) {
    const { value: size, next } = readU32(code, at)
    bodies.push(code.subarray(next, next + size))
    at = next + size
  }
  return bodies
}
