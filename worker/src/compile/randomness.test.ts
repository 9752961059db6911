/** What guests in languages draw: their own generators and hash tables draw from the run's seed, and from nothing of the build's. */
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import { identify } from "../sandbox/program.ts"
import { LIMITS, open } from "../sandbox/sandbox-test.ts"
import type { Sandbox } from "../sandbox/sandbox.ts"
import { builderTest, limits, signal } from "./builder-test.ts"
import { findRust } from "./rust/find-rust.ts"

const RUNS = 6
const hasRust = (await findRust(["wasm32-wasip2"], environment))[0] !== undefined
const REQUEST = { stdin: Buffer.from("7"), environment: { NEAR_REQUEST_ID: "7" } }
const allowed = { ...LIMITS, maxInstructions: 10n ** 9n }

const test = builderTest.extend("draw", ({ repositories, builder }) => {
  /** Each run's draws by their names, always of the same request at the same time. */
  return async (name: string, files: Record<string, string>) => {
    const repository = await repositories.create(`randomness/${name}`)
    const commit = await repository.commit(files)
    const source = { repo: `randomness/${name}`, commit, buildTarget: "wasm32-wasip2" } as const
    const built = await builder.build(source, limits, signal)
    if (!built.ok) throw new Error(built.log)
    const program = identify(built.wasm)
    const drawIn = async (sandbox: Sandbox) => {
      const { outcome, output } = await sandbox.run(program, REQUEST, allowed)
      expect(outcome).toEqual({ kind: "ok" })
      return JSON.parse(Buffer.from(output).toString()) as Record<string, string>
    }
    const readWallClock = () => 1_700_000_000_000_000_000n
    await using sandbox = await open({ poolSize: 1, levels: ["process"], readWallClock })
    const runs: Record<string, string>[] = []
    while (runs.length < RUNS) runs.push(await drawIn(sandbox))
    const drawSeed = () => new Uint8Array(32).fill(1)
    await using fixed = await open({ poolSize: 1, levels: ["process"], readWallClock, drawSeed })
    return { runs, ofOneSeed: [await drawIn(fixed), await drawIn(fixed)] }
  }
})

describe("in TypeScript", () => {
  test("Math.random, crypto and UUIDs are new in each run", async ({ draw }) => {
    const { runs, ofOneSeed } = await draw("typescript", {
      "package.json": '{"name": "guest", "main": "main.ts"}',
      "main.ts": `
        const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16)).join()
        export default () => ({
          number: String(Math.random()),
          other: String(Math.random()),
          bytes: hex(crypto.getRandomValues(new Uint8Array(16))),
          uuid: crypto.randomUUID(),
        })`,
    })

    expectNew(runs, ["number", "other", "bytes", "uuid"])
    expect(ofOneSeed[1]).toEqual(ofOneSeed[0])
  })
})

describeWhere("Rust for wasm32-wasip2", hasRust, () => {
  test("a HashMap's order is new in each run", async ({ draw }) => {
    const { runs, ofOneSeed } = await draw("rust", {
      "Cargo.toml": '[package]\nname = "guest"\nversion = "0.1.0"\nedition = "2021"\n',
      "src/main.rs": `
        use std::{collections::{HashMap, hash_map::RandomState}, hash::BuildHasher};
        fn main() {
            let map: HashMap<u32, ()> = (0..40).map(|key| (key, ())).collect();
            let order: Vec<String> = map.keys().map(|key| key.to_string()).collect();
            let hash = RandomState::new().hash_one(1u32);
            println!("{{\\"order\\":\\"{}\\",\\"hash\\":\\"{hash}\\"}}", order.join(" "));
        }`,
    })

    expectNew(runs, ["order", "hash"])
    expect(ofOneSeed[1]).toEqual(ofOneSeed[0])
  })
})

/** No value comes twice, in whatever run, under whatever name. */
function expectNew(runs: readonly Record<string, string>[], names: readonly string[]): void {
  expect(runs.map((drawn) => Object.keys(drawn))).toEqual(runs.map(() => names))
  const all = runs.flatMap((drawn) => Object.values(drawn))
  expect(new Set(all).size).toBe(RUNS * names.length)
}
