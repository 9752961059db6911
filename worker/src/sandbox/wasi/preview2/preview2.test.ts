import { expect, test } from "vitest"
import { createHost } from "./host.fixture.ts"
import { INTERFACE_NAMES, interfaceOf, isKnownImport } from "./interface-names.guest.ts"
import { PARAMETERS } from "./parameters.guest.ts"
import { createPreview2 } from "./preview2.guest.ts"
import { Resource } from "./resource.guest.ts"

test("the registry is what the list of names says", () => {
  const { host } = createHost()

  expect(Object.keys(createPreview2(host))).toEqual([...INTERFACE_NAMES])
})

test("of each function is written what it takes, and of nothing that is none", () => {
  const { host } = createHost()
  const there = Object.entries(createPreview2(host)).flatMap(([name, functions]) =>
    Object.entries(functions).flatMap(([member, value]) =>
      isClass(value)
        ? [...methodsOf(value.prototype), ...methodsOf(value)].map(
            (method) => `${name} ${member}.${method}`,
          )
        : [`${name} ${member}`],
    ),
  )
  const written = Object.entries(PARAMETERS).flatMap(([name, functions]) =>
    Object.keys(functions).map((place) => `${name} ${place}`),
  )

  const ours = ["Fields.fromHeaders", "ResponseOutparam.set"].map(
    (place) => `wasi:http/types ${place}`,
  )
  expect(there.filter((name) => !ours.includes(name)).toSorted()).toEqual(written.toSorted())
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

function isClass(value: object): value is { prototype: object } {
  return Object.prototype.isPrototypeOf.call(Resource, value)
}

function methodsOf(owner: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name, { value }]) => typeof value === "function" && name !== "constructor")
    .map(([name]) => name)
}
