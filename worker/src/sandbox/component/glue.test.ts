import vm from "node:vm"
import { expect, test } from "vitest"
import { compileAhead } from "../guest/compile-ahead.guest.ts"
import { evaluateGlue, sourceOfGlue } from "./glue.guest.ts"

test("glue sees nothing of Node's, and of JavaScript what it is made of", () => {
  const names = ["process", "require", "module", "Buffer", "fetch", "setTimeout", "performance"]
  const globals = ["process", "Buffer", "fetch", "eval", "Function"]
  const look = evaluateGlue(
    `
  const seen = { ${names.map((name) => `get ${name}() { return ${name} }`).join()} }
  return () => [
    ...${JSON.stringify(names)}.map((name) => typeof seen[name]),
    ...${JSON.stringify(globals)}.map((name) => typeof globalThis[name]),
  ]`,
    () => {},
  )

  expect(new Set((look as unknown as () => string[])())).toEqual(new Set(["undefined"]))
})

test("glue is strict, has WebAssembly, and cannot import", async () => {
  const make = evaluateGlue(
    `return () => [
    (function () { return this })(), typeof WebAssembly.Module, import("node:fs")]`,
    () => {},
  )

  const [self, module, imported] = (make as unknown as () => [unknown, string, Promise<unknown>])()

  expect([self, module]).toEqual([undefined, "function"])
  await expect(imported).rejects.toThrow(/import/)
})

test("glue is the same from code that was compiled ahead, and from what is no such code", () => {
  const script = "return () => [typeof WebAssembly, typeof process]"
  const code = compileAhead(sourceOfGlue(script))

  const { cachedDataRejected } = new vm.Script(sourceOfGlue(script), { cachedData: code })
  const made = [code, Buffer.from("no code"), undefined].map((given) =>
    evaluateGlue(script, () => {}, given),
  )

  expect(cachedDataRejected).toBe(false)
  for (const look of made)
    expect((look as unknown as () => string[])()).toEqual(["object", "undefined"])
})
