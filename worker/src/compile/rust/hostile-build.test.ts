/** Builds that multiply: whatever of a package runs while it is compiled, it ends, typed, and the next build is none the worse. */
import type { Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { expect } from "vitest"
import { builderTest as test } from "../builder-test.ts"
import { countSleeping } from "../count-sleeping.fixture.ts"
import { runPreview1 } from "../run-preview1.ts"
import { findRust } from "./find-rust.ts"

const [rust] = await findRust(["wasm32-wasip1"], environment)
/** Of this process alone: another run of these tests may be under way. */
const SECONDS = `4646.${process.pid}`
/**
 * Each starts two like itself, and all of them stay: a thousand in the end, four times what a build may have. A real one would not
 * stop there, but should a wall be missing, whoever runs this has a machine left.
 */
const BOMB = `b() { if [ "$1" -gt 0 ]; then b $(($1 - 1)) & b $(($1 - 1)) & fi; sleep ${SECONDS}; }; b 8`
const DETONATE = `std::process::Command::new("/bin/sh").args(["-c", r#"${BOMB}"#]).status().unwrap();`

const packages: [what: string, files: Files][] = [
  [
    "a build script",
    {
      "Cargo.toml": manifest("guest"),
      "build.rs": `fn main() { ${DETONATE} }`,
      "src/main.rs": "fn main() {}",
    },
  ],
  [
    "a macro",
    {
      "Cargo.toml": `${manifest("guest")}[dependencies]\nbomb = { path = "bomb" }\n`,
      "Cargo.lock": `version = 3\n\n${locked("bomb")}\n${locked("guest")}dependencies = [\n "bomb",\n]\n`,
      "src/main.rs": "fn main() { bomb::go!() }",
      "bomb/Cargo.toml": `${manifest("bomb")}[lib]\nproc-macro = true\n`,
      "bomb/src/lib.rs": `use proc_macro::TokenStream;
        #[proc_macro] pub fn go(_: TokenStream) -> TokenStream { ${DETONATE} TokenStream::new() }`,
    },
  ],
]

describeWhere("Rust for wasm32-wasip1", rust !== undefined, () => {
  test.for(packages)(
    "%s that multiplies is ended with all that it started",
    async ([what, files], { build }) => {
      const name = what.replaceAll(" ", "-")

      const built = await build(`bomb/${name}`, files)

      expect(built).toMatchObject({
        ok: false,
        code: "compile_failed",
        message: "The build used too much: processes",
      })
      await expect.poll(() => countSleeping(SECONDS)).toBe(0)
      const next = await build(`bomb/after-${name}`, {
        "Cargo.toml": manifest("guest"),
        "src/main.rs": 'fn main() { println!("unharmed"); }',
      })
      expect(next.ok && (await runPreview1(next.wasm)).output).toBe("unharmed\n")
    },
  )
})

function manifest(name: string): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`
}

function locked(name: string): string {
  return `[[package]]\nname = "${name}"\nversion = "0.1.0"\n`
}
