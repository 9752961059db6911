import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { beforeAll, expect, test } from "vitest"
import { callOnVm } from "./call-on-vm.ts"
import { coldBuildMs, fixture } from "./fixture.ts"
import { buildContract } from "./index.ts"

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

test("of a decorated class the methods are exported, and not the class", async () => {
  const counter = await buildContract(fixture("counter"))

  const exports = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(counter)))
  const names = exports.filter(({ kind }) => kind === "function").map(({ name }) => name)
  expect(names.toSorted()).toEqual(["add", "get_count", "init", "ping"])
})

test("a panic names the TypeScript file and line", () => {
  const { error } = callOnVm(kitchen, "fail")

  const source = readFileSync(fixture("kitchen"), "utf8").split("\n")
  const line = source.findIndex((text) => text.includes("no such thing")) + 1
  expect(error).toBe(
    `Smart contract panicked: no such thing\n    at fail (@outlayer/toolchain/fixtures/kitchen.ts:${line})`,
  )
})

test("a contract holds no source", () => {
  expect(Buffer.from(kitchen).includes("near.valueReturn")).toBe(false)
})

test("numbers survive JSON", () => {
  const numbers = [0, -1, 0.1, 1e21, 123456.789, 5e-324, 1.7976931348623157e308, 2 ** 53]

  expect(returnedText("json", JSON.stringify(numbers))).toBe(JSON.stringify(numbers))
})

test("any text survives JSON, however it is escaped", () => {
  const alphabet = [
    "a",
    "b",
    "0123456789",
    '"',
    "\\",
    "\n",
    "\u0000",
    "\u001f",
    "\u007f",
    "é",
    "ÿ",
    "€",
    "😀",
  ]
  const draw = () =>
    Array.from(randomBytes(40), (byte) => alphabet[byte % alphabet.length]).join("")
  const texts = Array.from({ length: 50 }, draw)
  const json = JSON.stringify(texts)
  const escaped = json.replaceAll("a", String.raw`\u0061`).replaceAll("b", String.raw`\u0062`)

  expect(returnedText("json", json)).toBe(json)
  expect(returnedText("json", escaped)).toBe(json)
})

test.for([
  '"',
  '"abc',
  '"abcdefghij',
  '"a\u0001"',
  '"abcdefgh\n"',
  '"\\x41"',
  '"\\u{41}"',
  '"\\\'"',
  '"abcdefgh\\',
])("%j is no JSON", (text) => {
  expect(callOnVm(kitchen, "json", text).error).toContain("SyntaxError")
})

test("hashes and encodings agree with Node's on random bytes", () => {
  for (const length of [0, 1, 2, 3, 111, 112, 127, 128, 129, 1000]) {
    const data = randomBytes(length)

    expect(returnedText("to_hex", data)).toBe(data.toString("hex"))
    expect(returnedText("to_base64", data)).toBe(data.toString("base64"))
    expect(callOnVm(kitchen, "from_hex", data.toString("hex")).returned).toEqual(bytes(data))
    expect(callOnVm(kitchen, "from_base64", data.toString("base64")).returned).toEqual(bytes(data))
    expect(returnedText("latin1", data)).toBe(data.toString("latin1"))
    expect(callOnVm(kitchen, "hash256", data).returned).toEqual(
      bytes(createHash("sha256").update(data).digest()),
    )
    expect(callOnVm(kitchen, "hash", data).returned).toEqual(
      bytes(createHash("sha384").update(data).digest()),
    )
  }
})

test("any text survives UTF-8", () => {
  const text = "aé€😀\u0000"

  expect(returnedText("utf8", text)).toBe(text)
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
  const { returned } = callOnVm(kitchen, method, input)
  return returned && Buffer.from(returned).toString()
}

function bytes(data: Uint8Array): Uint8Array {
  return new Uint8Array(data)
}
