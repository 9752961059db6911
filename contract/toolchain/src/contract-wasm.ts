// The last step: an engine and the memory of its start become a contract, one export a method.
import { concat, readU32, s32, text, u32, vector } from "./wasm/bytes.ts"
import { reachableFunctions } from "./wasm/reachable.ts"
import { readBodies, readSections, Section, writeSections } from "./wasm/sections.ts"

/** No locals, unreachable, end. */
const trap = Uint8Array.of(0, 0x00, 0x0b)
const functionKind = 0
const memoryKind = 2

/** A data segment costs about this many bytes besides its contents: shorter runs of zeros stay inside one. */
const segmentOverhead = 9

export function createContract(
  engine: Uint8Array,
  image: Uint8Array,
  methods: readonly string[],
): Uint8Array {
  const sections = readSections(engine)
  const section = (id: number) => sections.get(id) ?? new Uint8Array([0])
  const exports = readExports(section(Section.export))
  const call = exports.get("call")
  if (call === undefined) throw new Error("the engine does not export call")

  const types = readTypes(section(Section.function))
  const imported = readU32(section(Section.import), 0).value
  const noParameters = types[exports.get("settle")! - imported] ?? 0 // [] -> []
  const all = readBodies(section(Section.code))
  const reached = reachableFunctions(all, imported, section(Section.element), call)
  // Starting is over: what only it needs keeps its index and loses its code.
  const bodies = all.map((body, n) => (reached.has(n + imported) ? body : trap))
  const wrappers = methods.map((_, n) => [0, 0x41, ...s32(n), 0x10, ...u32(call), 0x0b])

  sections.set(
    Section.function,
    vector([...types, ...methods.map(() => noParameters)].map((type) => u32(type))),
  )
  sections.set(
    Section.code,
    vector([...bodies, ...wrappers].map((body) => concat([u32(body.length), body]))),
  )
  const first = imported + bodies.length
  sections.set(
    Section.export,
    vector([
      concat([text("memory"), [memoryKind, 0]]),
      ...methods.map((name, n) => concat([text(name), [functionKind], u32(first + n)])),
    ]),
  )
  sections.set(Section.data, vector(dataSegments(image)))
  return writeSections(sections)
}

function readExports(section: Uint8Array): Map<string, number> {
  const exports = new Map<string, number>()
  let { value: count, next: at } = readU32(section, 0)
  for (; count > 0; count -= 1) {
    const length = readU32(section, at)
    const end = length.next + length.value
    const index = readU32(section, end + 1)
    if (section[end] === functionKind)
      exports.set(Buffer.from(section.subarray(length.next, end)).toString(), index.value)
    at = index.next
  }
  return exports
}

function readTypes(section: Uint8Array): number[] {
  const types: number[] = []
  let { value: count, next: at } = readU32(section, 0)
  for (; count > 0; count -= 1) {
    const type = readU32(section, at)
    types.push(type.value)
    at = type.next
  }
  return types
}

function dataSegments(image: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = []
  for (let at = nextNonZero(image, 0); at < image.length;) {
    let end = at
    let next = at
    while (next < image.length && next - end <= segmentOverhead) {
      end = next + 1
      next = nextNonZero(image, end)
    }
    const contents = image.subarray(at, end)
    segments.push(concat([[0, 0x41, ...s32(at), 0x0b], u32(contents.length), contents]))
    at = next
  }
  return segments
}

function nextNonZero(image: Uint8Array, from: number): number {
  let at = from
  while (at < image.length && image[at] === 0) at += 1
  return at
}
