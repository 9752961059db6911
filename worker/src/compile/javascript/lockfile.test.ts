import { describe, expect, test } from "vitest"
import { Manifest, readLockfile } from "./lockfile.ts"

const integrity = `sha512-${Buffer.alloc(64, 1).toString("base64")}`
const manifest = Manifest.parse({ main: "src/main.ts", dependencies: { one: "^1.0.0" } })
const one = {
  version: "1.2.3",
  resolved: "https://registry.invalid/one/-/one-1.2.3.tgz",
  integrity,
}

function lock(packages: Record<string, unknown>, lockfileVersion = 3): string {
  return JSON.stringify({ lockfileVersion, packages: { "": {}, ...packages } })
}

describe("a lockfile", () => {
  test("gives what a run needs, each with its hash", () => {
    const text = lock({
      "node_modules/one": one,
      "node_modules/@scope/two": { ...one, version: "2.0.0-rc.1+build" },
      "node_modules/one/node_modules/alias": { ...one, name: "three" },
      "node_modules/for-tests": { ...one, dev: true },
      "node_modules/native": { ...one, os: ["linux"], cpu: ["x64"] },
      "node_modules/one/node_modules/bundled": { version: "1.0.0", inBundle: true },
    })

    expect(readLockfile(text, manifest)).toEqual([
      { path: "node_modules/one", tarball: "one/-/one-1.2.3.tgz", sha512: integrity.slice(7) },
      {
        path: "node_modules/@scope/two",
        tarball: "@scope/two/-/two-2.0.0-rc.1.tgz",
        sha512: integrity.slice(7),
      },
      {
        path: "node_modules/one/node_modules/alias",
        tarball: "three/-/three-1.2.3.tgz",
        sha512: integrity.slice(7),
      },
    ])
  })

  test.for<[string, string]>([
    ["is no JSON", "{"],
    ["is of npm 6", lock({}, 1)],
    ["climbs out", lock({ "node_modules/../x": one })],
    ["is absolute", lock({ "/node_modules/one": one })],
    ["names a folder", lock({ "packages/one": one })],
    ["links a folder", lock({ "node_modules/one": { resolved: "packages/one", link: true } })],
    ["takes from Git", lock({ "node_modules/one": { ...one, resolved: "git+ssh://git@x/y.git" } })],
    ["has no hash", lock({ "node_modules/one": { ...one, integrity: undefined } })],
    ["has SHA-1 alone", lock({ "node_modules/one": { ...one, integrity: "sha1-AAAA" } })],
    ["has an odd version", lock({ "node_modules/one": { ...one, version: "1/../2" } })],
  ])("that %s is compile_failed", ([, text]) => {
    expect(() => readLockfile(text, manifest)).toThrow(
      expect.objectContaining({ code: "compile_failed" }),
    )
  })

  test("that lacks a dependency is lockfile_missing", () => {
    const text = lock({ "node_modules/other": one })

    expect(() => readLockfile(text, manifest)).toThrow(
      expect.objectContaining({ code: "lockfile_missing" }),
    )
  })
})

test.for(["/etc/x.ts", "../x.ts", "src/../../x.ts", "main.wasm", "", "-x/../a.ts", "a b.ts"])(
  "a main script %j is refused",
  (main) => {
    expect(Manifest.safeParse({ main }).success).toBe(false)
  },
)
