import { expect, test } from "vitest"
import { buildRecordBytes } from "./build-record.ts"

const record = {
  repo: "github.com/o/r",
  commit: "a".repeat(40),
  branches: ["main", "ä"],
  build_target: "wasm32-wasip1",
  toolchain: "clang-1",
  wasm_hash: "b".repeat(64),
  builder: "ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp",
}
const primitives = { utf8: (text: string) => new TextEncoder().encode(text) }
const encode = (changes: Partial<typeof record>) =>
  Buffer.from(buildRecordBytes(primitives, { ...record, ...changes })).toString()

test("the signed bytes are these, for good", () => {
  expect(encode({})).toBe(
    [
      "outlayer-build-1;14:github.com/o/r;",
      `40:${"a".repeat(40)};11:4:main;1:ä;;13:wasm32-wasip1;7:clang-1;64:${"b".repeat(64)};`,
      "52:ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp;",
    ].join(""),
  )
})

test("no name of a branch passes for two, or for another field", () => {
  const texts = [
    encode({ branches: ["a", "b"] }),
    encode({ branches: ["a;1:b"] }),
    encode({ branches: ["ab"] }),
    encode({ branches: [] }),
    encode({ branches: [""] }),
    encode({ toolchain: "clang-1;64:" }),
  ]

  expect(new Set(texts).size).toBe(texts.length)
})
