import { expect, test } from "vitest"
import { evaluateGlue } from "./glue.guest.ts"

test("glue sees nothing of Node's, and of JavaScript what it is made of", () => {
  const names = ["process", "require", "module", "Buffer", "fetch", "setTimeout", "performance"]
  const globals = ["process", "Buffer", "fetch", "eval", "Function"]
  const look = evaluateGlue(`
  const seen = { ${names.map((name) => `get ${name}() { return ${name} }`).join()} }
  return () => [
    ...${JSON.stringify(names)}.map((name) => typeof seen[name]),
    ...${JSON.stringify(globals)}.map((name) => typeof globalThis[name]),
  ]`)

  expect(new Set((look as unknown as () => string[])())).toEqual(new Set(["undefined"]))
})

test("glue is strict, has WebAssembly, and cannot import", async () => {
  const make = evaluateGlue(`return () => [
    (function () { return this })(), typeof WebAssembly.Module, import("node:fs")]`)

  const [self, module, imported] = (make as unknown as () => [unknown, string, Promise<unknown>])()

  expect([self, module]).toEqual([undefined, "function"])
  await expect(imported).rejects.toThrow(/import/)
})
