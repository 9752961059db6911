import { expect, test } from "vitest"
import cases from "../../fixtures/canonical-bytes.json" with { type: "json" }
import { canonicalBytes, type CanonicalField, canonicalText } from "./index.ts"

test.each(cases)("the fields of $text have their golden layout", ({ tag, fields, text }) => {
  expect(canonicalText(tag, fields.map(fieldOf))).toBe(text)
  const bytes = canonicalBytes((line) => new TextEncoder().encode(line), tag, fields.map(fieldOf))
  expect(new TextDecoder().decode(bytes)).toBe(text)
})

test("moving a boundary between two fields changes the text", () => {
  const cuts = [0, 1, 2, 3, 4, 5].map((cut) =>
    ["1:a;2"].flatMap((text) => [text.slice(0, cut), text.slice(cut)]),
  )
  expect(new Set(cuts.map((fields) => canonicalText("cut-1", fields))).size).toBe(cuts.length)
})

test("a number that JavaScript cannot hold exactly is refused", () => {
  for (const field of [Number.NaN, Infinity, 0.5, 2 ** 53]) {
    expect(() => canonicalText("number-1", [field])).toThrow(RangeError)
  }
  expect(canonicalText("number-1", [2n ** 64n])).toBe("number-1;20:18446744073709551616;")
})

test("a tag is plain ASCII without a separator", () => {
  for (const tag of ["", "a;b", "A", "é", "a b"]) {
    expect(() => canonicalText(tag, [])).toThrow(RangeError)
  }
})

function fieldOf(field: unknown): CanonicalField {
  const isBytes = typeof field === "object" && field !== null && "hex" in field
  return isBytes ? new Uint8Array(Buffer.from(String(field.hex), "hex")) : (field as CanonicalField)
}
