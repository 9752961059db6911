/** Changes a module's bytes: sections as a whole, numbers in other forms, single bytes. */
import type { Random } from "./random.ts"

/** Bytes that mean something, so that mutants are often nearly valid. */
const meaningful = [
  0x00, 0x0b, 0x05, 0x7f, 0x7e, 0x7d, 0x40, 0x1a, 0x0c, 0x0d, 0x0e, 0xfc, 0xfd, 0x41, 0xd0, 0xd1,
  0xd2, 0x70, 0x6f, 0x7b, 0x02, 0x03, 0x04, 0x1c, 0x25, 0x26, 0x10, 0x11, 0x12, 0x13, 0x80, 0xff,
]

interface Section {
  id: number
  content: number[]
}

export function mutateBytes(original: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const sections = split(original)
  for (let change = 0; change <= random.below(3); change += 1) {
    const at = random.below(sections.length)
    const { content } = sections[at] as Section
    switch (random.below(10)) {
      case 0:
        sections.splice(at, 1)
        break
      case 1:
        sections.splice(random.below(sections.length), 0, structuredClone(sections[at] as Section))
        break
      case 2:
        pad(content, random)
        break
      case 3:
        content.splice(random.below(content.length), random.below(4))
        break
      case 4:
        content.splice(random.below(content.length), 0, random.pick(meaningful))
        break
      case 5:
        sections.splice(at, 0, { id: 0, content: [1, 0x78, ...content.slice(0, 20)] })
        break
      default: {
        const byte = random.chance(0.3) ? random.below(256) : random.pick(meaningful)
        content[random.below(content.length)] = byte
      }
    }
    if (sections.length === 0) break
  }
  const header = original.subarray(0, 8)
  const parts = sections.flatMap(({ id, content }) => {
    const length = unsigned(content.length)
    if (random.chance(0.02)) pad(length, random)
    return [id, ...length, ...content]
  })
  return Uint8Array.from([...header, ...parts])
}

function split(bytes: Uint8Array): Section[] {
  const sections: Section[] = []
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at] ?? 0
    let length = 0
    let shift = 0
    do {
      at += 1
      length += ((bytes[at] ?? 0) & 0x7f) * 2 ** shift
      shift += 7
    } while ((bytes[at] ?? 0) >= 0x80)
    sections.push({ id, content: [...bytes.subarray(at + 1, at + 1 + length)] })
    at += 1 + length
  }
  return sections
}

/** A number in a longer form than it needs, should a number stand there. */
function pad(bytes: number[], random: Random) {
  const at = random.below(bytes.length)
  const byte = bytes[at] ?? 0
  if (byte >= 0x80) return
  const zeros = Array.from({ length: random.below(5) }, () => 0x80)
  bytes.splice(at, 1, byte | 0x80, ...zeros, byte & 0x40 && random.chance(0.5) ? 0x7f : 0x00)
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}
