import { describe, expect, it } from "vitest"
import { debugFields, debugString } from "./rust-text.ts"

describe("Rust's Debug", () => {
  it("escapes what would not show", () => {
    expect(debugString('a "b"\n\\\u0007é 😀')).toBe(String.raw`"a \"b\"\n\\\u{7}é 😀"`)
  })

  it("writes fields in their order", () => {
    expect(debugFields({ length: 3n, name: "x" })).toBe(' { length: 3, name: "x" }')
    expect(debugFields({})).toBe("")
  })
})
