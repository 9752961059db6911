import { expect, test } from "vitest"
import { cutText } from "./cut-text.ts"

test.for([
  ["short", 5, "short"],
  ["shorter", 5, "short"],
  ["grün", 3, "gr"],
  ["grün", 4, "grü"],
  ["a😀", 4, "a"],
  ["a😀", 5, "a😀"],
  ["\ud83d!", 9, "\ufffd!"],
  ["text", 0, ""],
] as const)("%s has at most %d bytes, and no half of a character", ([text, bytes, cut]) => {
  expect(cutText(text, bytes)).toBe(cut)
})
