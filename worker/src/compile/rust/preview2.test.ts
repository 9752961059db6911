import { describeWhere, environment } from "@outlayer/testing/machine"
import { afterAll, beforeAll, expect } from "vitest"
import { LIMITS, open, text } from "../../sandbox/sandbox-test.ts"
import { identify } from "../../sandbox/program.ts"
import type { GuestInput, Sandbox } from "../../sandbox/sandbox.ts"
import { builderTest as test, limits, signal } from "../builder-test.ts"
import { findRust } from "./find-rust.ts"

const [rust] = await findRust(["wasm32-wasip2"], environment)

describeWhere("Rust for wasm32-wasip2", rust !== undefined, () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await open({})
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  test("a package becomes a component that runs", async ({ repositories, builder }) => {
    const repository = await repositories.create("rust/component")
    const commit = await repository.commit({ "Cargo.toml": manifest, "src/main.rs": program })
    const source = { repo: "rust/component", commit, buildTarget: "wasm32-wasip2" } as const
    const built = await builder.build(source, limits, signal)
    if (!built.ok) throw new Error(built.log)
    const guest = identify(built.wasm)
    const run = (input: Partial<GuestInput>) =>
      sandbox.run(guest, { stdin: Buffer.from("typed in"), environment: {}, ...input }, LIMITS)

    const ended = await run({ arguments: ["work"], environment: { NAME: "välue" } })
    const failed = await run({ arguments: ["fail"] })

    expect(built.record).toMatchObject({ build_target: "wasm32-wasip2" })
    expect(ended.outcome).toEqual({ kind: "ok" })
    expect(text(ended)).toBe("typed in|välue|true|true|true\n")
    expect(failed.outcome).toEqual({ kind: "exit_nonzero", exitCode: 1 })
    expect(Buffer.from(failed.stderrTail).toString()).toBe("to the operator\n")
  })
})

const manifest = `
[package]
name = "guest"
version = "0.1.0"
edition = "2021"
[profile.release]
panic = "abort"
strip = true`

const program = `
use std::{collections::HashMap, env, fs, io::{self, Read}, process, thread, time};
fn main() {
    if env::args().nth(1).as_deref() == Some("fail") {
        eprintln!("to the operator");
        process::exit(7);
    }
    let mut input = String::new();
    io::stdin().read_to_string(&mut input).unwrap();
    let started = time::Instant::now();
    thread::sleep(time::Duration::from_secs(3600));
    let slept = started.elapsed().as_secs() == 3600;
    let now = time::SystemTime::now().duration_since(time::UNIX_EPOCH).unwrap().as_secs();
    let mut table = HashMap::new();
    table.insert("NAME", env::var("NAME").unwrap());
    println!("{}|{}|{}|{}|{}", input, table["NAME"], slept, now > 1_700_000_000,
        fs::read("/etc/passwd").is_err());
}`
