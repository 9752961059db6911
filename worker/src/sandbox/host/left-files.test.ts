import { expect, test } from "vitest"
import type { FileTree } from "../wire.ts"
import { parseLeftFiles } from "./left-files.ts"

const CONTENTS = Buffer.from("onetwo")

test("a file with two names has one content", () => {
  const files = parse({
    entries: [
      [-1, "a"],
      [0, "x", "file", 0],
      [-1, "y", "file", 0],
      [-1, "z", "link", 1],
    ],
    lengths: [3, 3],
  })

  expect(Object.keys(files)).toEqual(["a/", "a/x", "y", "z"])
  expect(files["y"]).toBe(files["a/x"])
  expect(files["z"]).toEqual({ link: "two" })
})

test.for(["", ".", "..", "a/b", "a\0", "x".repeat(256)])("no file is named %j", (name) => {
  expect(() => parse({ entries: [[-1, name]], lengths: [3, 3] })).toThrow("cannot be")
})

test.for<FileTree>([
  { entries: [[0, "own parent"]], lengths: [6] },
  { entries: [[1, "later parent"]], lengths: [6] },
  {
    entries: [
      [-1, "a", "file", 0],
      [0, "in a file", "file", 0],
    ],
    lengths: [6],
  },
  { entries: [[-1, "a", "file", 1]], lengths: [6] },
  { entries: [], lengths: [5] },
  { entries: [], lengths: [7] },
])("a tree that cannot be is refused: %j", (tree) => {
  expect(() => parse(tree)).toThrow(/cannot be|without contents|another length/)
})

test("folders nested deeper than any path are left out, and cost no more than their names", () => {
  const entries = Array.from(
    { length: 16_000 },
    (_, index) => [index - 1, "d".repeat(200)] as const,
  )

  expect(Object.keys(parse({ entries, lengths: [6] }))).toHaveLength(20)
})

function parse(tree: FileTree) {
  return parseLeftFiles(Buffer.from(JSON.stringify(tree)), CONTENTS)
}
