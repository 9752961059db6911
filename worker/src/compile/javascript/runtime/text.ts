/** `TextEncoder` and `TextDecoder` for UTF-8, which the engine lacks. */
const REPLACEMENT = 0xfffd

export class GuestTextEncoder {
  readonly encoding = "utf-8"

  encode(text = ""): Uint8Array {
    const bytes = new Uint8Array(text.length * 3)
    let length = 0
    for (const character of String(text)) {
      let point = character.codePointAt(0) ?? 0
      if (point >= 0xd800 && point <= 0xdfff) point = REPLACEMENT
      if (point < 0x80) {
        bytes[length++] = point
        continue
      }
      const tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3
      bytes[length++] = (point >> (6 * tail)) | [0, 0xc0, 0xe0, 0xf0][tail]!
      for (let left = tail - 1; left >= 0; left -= 1) {
        bytes[length++] = ((point >> (6 * left)) & 0x3f) | 0x80
      }
    }
    return bytes.slice(0, length)
  }
}

export class GuestTextDecoder {
  readonly encoding = "utf-8"
  readonly fatal: boolean
  readonly ignoreBOM: boolean

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^(unicode-1-1-)?utf-?8$/i.test(label.trim())) throw new RangeError(`No encoding ${label}`)
    this.fatal = options.fatal ?? false
    this.ignoreBOM = options.ignoreBOM ?? false
  }

  /** Each maximal part of a broken sequence becomes one U+FFFD, as the Encoding Standard has it. */
  decode(input?: ArrayBuffer | ArrayBufferView): string {
    const bytes = bytesOf(input)
    const parts: string[] = []
    let points: number[] = []
    const broken = (): number => {
      if (this.fatal) throw new TypeError("The bytes are not UTF-8")
      return REPLACEMENT
    }
    let at = 0
    if (!this.ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3
    while (at < bytes.length) {
      const first = bytes[at++]!
      points.push(first < 0x80 ? first : readTail(first))
      if (points.length === 4096) {
        parts.push(String.fromCodePoint(...points))
        points = []
      }
    }
    return parts.join("") + String.fromCodePoint(...points)

    function readTail(first: number): number {
      const tail = first >= 0xc2 && first <= 0xdf ? 1 : first >> 4 === 0xe ? 2 : 3
      if (tail === 3 && (first < 0xf0 || first > 0xf4)) return broken()
      let point = first & (0x3f >> tail)
      for (let left = tail; left > 0; left -= 1) {
        const byte = bytes[at] ?? 0
        const [low, high] = left === tail ? secondByte(first) : [0x80, 0xbf]
        if (byte < low || byte > high) return broken()
        point = (point << 6) | (byte & 0x3f)
        at += 1
      }
      return point
    }
  }
}

/** What may follow some first bytes is less than 80..BF: nothing overlong, no surrogate, no more than U+10FFFF. */
function secondByte(first: number): [low: number, high: number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf]
    case 0xed:
      return [0x80, 0x9f]
    case 0xf0:
      return [0x90, 0xbf]
    case 0xf4:
      return [0x80, 0x8f]
    default:
      return [0x80, 0xbf]
  }
}

function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array()
  if (input instanceof ArrayBuffer) return new Uint8Array(input)
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
}
