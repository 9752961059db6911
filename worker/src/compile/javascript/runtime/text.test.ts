import { randomBytes } from "node:crypto"
import { describe, expect, test } from "vitest"
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts"

const edges = ["", "a", "ä", "€", "😀", "\0", "\u07ff\u0800\uffff", "\ud800", "x\udc00y", "\ud83d"]

describe("UTF-8", () => {
  test.for(edges)("%j is encoded as Node encodes it", (text) => {
    expect([...new GuestTextEncoder().encode(text)]).toEqual([...new TextEncoder().encode(text)])
  })

  test("any bytes are decoded as Node decodes them", () => {
    const leads = [0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff]
    const cases = leads.flatMap((one) =>
      leads.flatMap((two) => leads.map((three) => [one, two, three])),
    )
    const random = Array.from({ length: 2_000 }, () => [...randomBytes(9)])
    const texts = edges.map((text) => [...new TextEncoder().encode(text)])
    for (const bytes of [...cases, ...random, ...texts, [0xef, 0xbb, 0xbf, 0x41]]) {
      const input = Uint8Array.from(bytes)
      expect(new GuestTextDecoder().decode(input)).toBe(new TextDecoder().decode(input))
    }
  })

  test("a fatal decoder refuses what is broken, and keeps a mark when told to", () => {
    const strict = new GuestTextDecoder("utf8", { fatal: true })

    expect(() => strict.decode(Uint8Array.of(0xc0))).toThrow(TypeError)
    expect(
      new GuestTextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf)),
    ).toBe("\ufeff")
    expect(() => new GuestTextDecoder("latin1")).toThrow(RangeError)
  })
})
