import { expect, test } from "vitest"
import { createHost } from "./host.fixture.ts"
import { INTERFACE_NAMES, interfaceOf, isKnownImport } from "./interface-names.guest.ts"
import { createPreview2 } from "./preview2.guest.ts"

test("the registry is what the list of names says", () => {
  const { host } = createHost()

  expect(Object.keys(createPreview2(host))).toEqual([...INTERFACE_NAMES])
})

test("a version is any of 0.2, and nothing else is one", () => {
  expect(["wasi:io/streams@0.2.0", "wasi:io/streams@0.2.12"].map(interfaceOf)).toEqual([
    "wasi:io/streams",
    "wasi:io/streams",
  ])
  expect(
    [
      "wasi:io/streams",
      "wasi:io/streams@0.3.0",
      "wasi:io/streams@0.2.0-rc-2023-12-05",
      "wasi:io/other@0.2.0",
      "near:rpc/api@0.1.0",
      "constructor",
      "wasi:io/streams@0.2.3\n",
    ].filter(isKnownImport),
  ).toEqual([])
})
