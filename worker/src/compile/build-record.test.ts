import { Sha256Hex } from "@outlayer/protocol"
import { expect, test } from "vitest"
import { encodeBuildRecord } from "./build-record.ts"

const record = {
  repo: "github.com/o/r",
  commit: "a".repeat(40),
  branches: ["main", "ä"],
  build_target: "wasm32-wasip1",
  toolchain: "clang-1",
  wasm_hash: Sha256Hex.parse("b".repeat(64)),
  builder: "ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp",
}
const encode = (changes: Partial<typeof record>) =>
  Buffer.from(encodeBuildRecord({ ...record, ...changes })).toString()

test("the signed bytes are these, for good", () => {
  expect(encode({})).toBe(
    [
      "outlayer-build-1;14:github.com/o/r;",
      `40:${"a".repeat(40)};13:wasm32-wasip1;7:clang-1;64:${"b".repeat(64)};`,
      "52:ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp;",
      "1:2;4:main;2:ä;",
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
