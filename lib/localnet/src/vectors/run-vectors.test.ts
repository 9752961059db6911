import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runVectorFile, vectorFilesOf } from "./run-vectors.ts"

const OURS = join(import.meta.dirname, "../../fixtures/vectors")
/** Recorded by others, kept beside the project where it is developed. */
const RECORDED = join(import.meta.dirname, "../../../../../shared/vectors/near-vm")

/** `(module (func (export "main")))`, 34 bytes. */
const WASM = Buffer.from(
  "0061736d0100000001040160000003020100070801046d61696e00000a040102000b",
  "hex",
)
/** What nearcore charges: loading, and a frame of 64 bytes. */
const LOADING = 35_445_963 + 34 * 1_089_295
const BURNT = LOADING + 8 * 822_756

describe("a recorded call", () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vectors-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("is equal where every number is", async () => {
    await writeFile(join(folder, "equal.json"), JSON.stringify(emptyMethod(BURNT)))

    const results = await runVectorFile(join(folder, "equal.json"))

    expect(results).toEqual([{ category: "charge", name: "empty/main", differences: [] }])
  })

  it("differs where one number does, and says in which", async () => {
    await writeFile(join(folder, "other.json"), JSON.stringify(emptyMethod(BURNT + 1)))

    const [result] = await runVectorFile(join(folder, "other.json"))

    expect(result?.differences).toEqual([
      { field: "burnt_gas", expected: BURNT + 1, actual: BURNT },
    ])
  })
})

describe("the calls of our own", () => {
  it("are equal to the last unit", async () => {
    expect(await unequalOf(OURS)).toEqual([])
  })
})

describe.runIf(existsSync(RECORDED))("the recorded calls", () => {
  it("are equal to the last unit", async () => {
    expect(await unequalOf(RECORDED)).toEqual([])
  })
})

async function unequalOf(directory: string): Promise<string[]> {
  const unequal: string[] = []
  for (const file of await vectorFilesOf(directory)) {
    const results = await runVectorFile(file)
    const others = results.filter(({ differences }) => differences.length > 0)
    unequal.push(...others.map(({ name }) => name))
  }
  return unequal
}

function emptyMethod(burntGas: number) {
  const loading = { contract_loading_base: 35_445_963, contract_loading_bytes: 34 * 1_089_295 }
  const expected = {
    burnt_gas: burntGas,
    used_gas: BURNT,
    loading_gas: LOADING,
    compute_usage: BURNT,
    outcome: { kind: "none" },
    error: null,
    profile: { wasm: 8 * 822_756, ext: loading, actions: {} },
  }
  return {
    name: "empty",
    category: "charge",
    wasm_base64: WASM.toString("base64"),
    cases: [{ name: "main", method: "main", expect: expected }],
  }
}
