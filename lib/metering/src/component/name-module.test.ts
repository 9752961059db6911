import { expect, test } from "vitest"
import { wat } from "../testing/wat.ts"
import { nameModule } from "./name-module.ts"

const MODULE = `(func $fails (export "run") unreachable)`

test("a module's name is ours, then its own where that is plain", async () => {
  expect(await frameOf(`(module ${MODULE})`, "core")).toContain("wasm://wasm/core-")
  expect(await frameOf(`(module $guest.wasm ${MODULE})`, "core2")).toContain(
    "wasm://wasm/core2.guest.wasm-",
  )
  expect(await frameOf(`(module $a/b:c ${MODULE})`, "core3")).toContain("wasm://wasm/core3-")
})

test("a module without a name section gets one", async () => {
  expect(stackOf(nameModule(await wat(`(module ${MODULE})`), "core"))).toContain(
    "wasm://wasm/core-",
  )
})

test("names of functions stay", async () => {
  expect(await frameOf(`(module $m ${MODULE})`, "core")).toContain("at core.m.fails ")
})

test("a name section that is broken makes way for ours", async () => {
  const plain = await wat(`(module ${MODULE})`)
  // A custom section "name" whose only part claims 100 bytes.
  const broken = Buffer.concat([plain, Buffer.from("0007046e616d650064", "hex")])

  expect(stackOf(nameModule(broken, "core"))).toContain("wasm://wasm/core-")
})

async function frameOf(source: string, name: string): Promise<string> {
  return stackOf(nameModule(await wat(source, { hasNames: true }), name))
}

function stackOf(wasm: Uint8Array): string {
  const module = new WebAssembly.Module(Uint8Array.from(wasm))
  const { run } = new WebAssembly.Instance(module).exports as { run: () => void }
  try {
    run()
  } catch (error) {
    return error instanceof Error ? String(error.stack) : ""
  }
  return ""
}
