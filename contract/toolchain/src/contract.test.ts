import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { callMethod } from "./fake-host.ts"
import { buildContract } from "./index.ts"

const coldBuildMs = 300_000
let kitchen: Uint8Array

beforeAll(async () => {
  kitchen = await buildContract(fixture("kitchen"))
}, coldBuildMs)

test("a contract imports from env only", () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(kitchen)))

  expect(new Set(imports.map(({ module }) => module))).toEqual(new Set(["env"]))
})

test("every exported function is a method", () => {
  const exports = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(kitchen)))

  const names = exports.filter(({ kind }) => kind === "function").map(({ name }) => name)
  expect(names).toContain("noop")
  expect(names).not.toContain("call")
})

test("every method of a decorated class is exported", async () => {
  const counter = await buildContract(fixture("counter"))

  const exports = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(counter)))
  expect(exports.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["init", "add", "ping", "get_count"]),
  )
})

test("a panic names the TypeScript file and line", () => {
  const { panic } = callMethod(kitchen, "fail")

  const source = readFileSync(fixture("kitchen"), "utf8").split("\n")
  const line = source.findIndex((text) => text.includes("no such thing")) + 1
  expect(panic).toBe(`no such thing\n    at fail (@outlayer/toolchain/fixtures/kitchen.ts:${line})`)
})

test("deep recursion is a JavaScript error", () => {
  expect(callMethod(kitchen, "recurse").logs).toEqual(["stack overflow"])
})

test("deeply nested JSON is a JavaScript error", () => {
  expect(callMethod(kitchen, "json", "[".repeat(100_000)).panic).toContain("stack overflow")
})

test("a contract holds no source", () => {
  expect(Buffer.from(kitchen).includes("deeper(depth + 1)")).toBe(false)
})

test("numbers survive JSON", () => {
  const numbers = [0, -1, 0.1, 1e21, 123456.789, 5e-324, 1.7976931348623157e308, 2 ** 53]

  expect(returnedText("json", JSON.stringify(numbers))).toBe(JSON.stringify(numbers))
})

test("hashes and encodings agree with Node's on random bytes", () => {
  for (const length of [0, 1, 2, 3, 111, 112, 127, 128, 129, 1000]) {
    const data = randomBytes(length)

    expect(returnedText("to_hex", data)).toBe(data.toString("hex"))
    expect(returnedText("to_base64", data)).toBe(data.toString("base64"))
    expect(callMethod(kitchen, "from_hex", data.toString("hex")).returned).toEqual(bytes(data))
    expect(callMethod(kitchen, "from_base64", data.toString("base64")).returned).toEqual(
      bytes(data),
    )
    expect(callMethod(kitchen, "hash", data).returned).toEqual(
      bytes(createHash("sha384").update(data).digest()),
    )
  }
})

test.for(["0", "0g", "é0", "000"])("%s is not hex", (text) => {
  expect(returnedText("from_hex", text)).toBe(text)
})

test.for(["A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "A A="])(
  "%s is not base64",
  (text) => {
    expect(returnedText("from_base64", text)).toBe(text)
  },
)

function returnedText(method: string, input: Uint8Array | string): string | undefined {
  const { returned } = callMethod(kitchen, method, input)
  return returned && Buffer.from(returned).toString()
}

function bytes(data: Uint8Array): Uint8Array {
  return new Uint8Array(data)
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url))
}
