import { readdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import type { Build } from "../build.ts"
import { builderTest as test, limits, signal } from "../builder-test.ts"
import { countConnections } from "../count-connections.fixture.ts"
import { probeBubblewrap } from "../bubblewrap.ts"
import { runPreview1 } from "../run-preview1.ts"
import { findRust } from "./find-rust.ts"

const [rust] = await findRust(["wasm32-wasip1"], environment)
const hasBubblewrap = (await probeBubblewrap()) !== undefined
const hasCrates = await answers("https://index.crates.io/config.json")
const hello = 'fn main() { println!("hello"); }'
const lockfile = lock('[[package]]\nname = "guest"\nversion = "0.1.0"')

describeWhere("Rust for wasm32-wasip1", rust !== undefined, () => {
  test("a package becomes a module that runs", async ({ build }) => {
    const built = await build("rust/hello", crate({ "src/main.rs": hello }))

    expect(await outputOf(built)).toBe("hello\n")
    expect(built.ok && built.record.toolchain).toMatch(/^rust-1\.\d+\.\d+-[0-9a-f]{12}-\d+$/)
  })

  test("one commit gives the same bytes each time", async ({ repositories, builder }) => {
    const repository = await repositories.create("rust/again")
    const commit = await repository.commit(
      crate({ "src/main.rs": 'fn main() { panic!("{:?}", std::env::args()) }' }),
    )
    const source = { repo: "rust/again", commit, buildTarget: "wasm32-wasip1" } as const

    const one = await builder.build(source, limits, signal)
    const other = await builder.build(source, limits, signal)

    expect(one.ok && other.ok && one.record.wasm_hash === other.record.wasm_hash).toBe(true)
  })

  test("a package without dependencies needs no lockfile", async ({ build }) => {
    const { "Cargo.lock": _, ...files } = crate({ "src/main.rs": hello })

    expect(await outputOf(await build("rust/unlocked", files))).toBe("hello\n")
  })

  test("of several binaries the first in byte order counts", async ({ build }) => {
    const built = await build(
      "rust/several",
      crate({
        "src/bin/zebra.rs": 'fn main() { println!("zebra"); }',
        "src/bin/ant.rs": 'fn main() { println!("ant"); }',
      }),
    )

    expect(await outputOf(built)).toBe("ant\n")
  })

  test.for<[string, string, Files]>([
    ["does not compile", "compile_failed", crate({ "src/main.rs": "fn main() { 1 + }" })],
    ["has a malformed manifest", "compile_failed", { "Cargo.toml": "[package" }],
    [
      "has a symlink for a manifest",
      "compile_failed",
      { "Cargo.toml": { symlink: "/etc/passwd" } },
    ],
    ["is a library", "compile_failed", crate({ "src/lib.rs": "" })],
    [
      "has dependencies and no lockfile",
      "lockfile_missing",
      { ...crate({ "src/main.rs": hello }, 'itoa = "1"'), "Cargo.lock": { symlink: "gone" } },
    ],
    [
      "depends on a repository that is not there",
      "compile_failed",
      crate({ "src/main.rs": hello }, 'dep = { git = "https://github.com/no/dep" }'),
    ],
    [
      "depends on a repository of another host",
      "compile_failed",
      crate({ "src/main.rs": hello }, 'evil = { git = "https://evil.example/a/b" }'),
    ],
    [
      "depends on a folder of ours by Git",
      "compile_failed",
      crate({ "src/main.rs": hello }, 'evil = { git = "file:///root/evil" }'),
    ],
    [
      "has a lockfile that names another registry",
      "compile_failed",
      {
        ...crate({ "src/main.rs": hello }),
        "Cargo.lock": `${lockfile}\n[[package]]\nname = "evil"\nversion = "1.0.0"\nsource = "registry+https://evil.example/index"\n`,
      },
    ],
  ])("a package that %s is %s", async ([title, code, files], { build }) => {
    const built = await build(`failing/${title.replaceAll(" ", "-")}`, files)

    expect(built).toMatchObject({ ok: false, code })
  })

  describe.runIf(rust?.cargo !== "/usr/bin/cargo")("with a cargo whose libgit2 fits", () => {
    test("a dependency comes by Git from a host on the list", async ({ repositories, build }) => {
      const dependency = await repositories.create("git/dependency")
      const commit = await dependency.commit({
        "Cargo.toml": '[package]\nname = "dependency"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": 'pub fn word() -> &\'static str { "from git" }',
      })
      const source = "git+https://github.com/git/dependency"
      const files = crate(
        { "src/main.rs": 'fn main() { println!("{}", dependency::word()); }' },
        'dependency = { git = "https://github.com/git/dependency" }',
      )
      const packages = [
        `[[package]]\nname = "dependency"\nversion = "0.1.0"\nsource = "${source}#${commit}"`,
        '[[package]]\nname = "guest"\nversion = "0.1.0"\ndependencies = [\n "dependency",\n]',
      ]

      const built = await build("rust/by-git", { ...files, "Cargo.lock": lock(...packages) })

      expect(await outputOf(built)).toBe("from git\n")
    })
  })

  test("an endless build script is compile_timeout", async ({ build }) => {
    const files = crate({ "src/main.rs": hello, "build.rs": "fn main() { loop {} }" })

    const built = await build("rust/endless", files, 6000)

    expect(built).toMatchObject({ ok: false, code: "compile_timeout" })
  })

  test("a symlink in the place of a module is not followed", async ({ build }) => {
    const script = `fn main() {
      let results = "/build/target/wasm32-wasip1/release";
      std::fs::create_dir_all(results).unwrap();
      std::os::unix::fs::symlink("/etc/passwd", format!("{results}/a.wasm")).unwrap();
    }`
    const built = await build("rust/symlink", crate({ "src/main.rs": hello, "build.rs": script }))

    expect(built.ok).toBe(false)
    expect(built).toMatchObject({ code: hasBubblewrap ? "wasm_refused" : "compile_failed" })
  })

  test("a manifest leads cargo to no host off the list, wherever it names one", async ({
    build,
  }) => {
    await using server = await countConnections()
    const own = `https://127.0.0.1:${server.port}`
    const evil = `{ version = "1", registry-index = "sparse+${own}/index/" }`
    const hidden = `[package]\nname = "hidden"\nversion = "0.1.0"\n[dependencies]\nevil = ${evil}\n`
    const dependencies = [
      `itoa = "=1.0.11"\n[patch.crates-io]\nitoa = ${evil}`,
      `itoa = "=1.0.11"\n[patch.crates-io]\nitoa = { git = "${own}/a/b" }`,
      `itoa = "=1.0.11"\nhidden = { path = "hidden" }`,
    ]
    for (const [index, lines] of dependencies.entries()) {
      const files = { "src/main.rs": hello, "hidden/Cargo.toml": hidden, "hidden/src/lib.rs": "" }

      const built = await build(`rust/leading${index}`, crate(files, lines))

      expect(built.ok).toBe(false)
    }
    expect(server.connections()).toBe(0)
  })

  test("a configuration in the repository runs nothing while dependencies are fetched", async ({
    build,
  }) => {
    const mark = join(tmpdir(), `outlayer-mark-${process.pid}`)
    const built = await build("rust/configured", {
      ...crate({ "src/main.rs": hello }),
      ".cargo/config.toml": `[build]\nrustc-wrapper = "${mark}"\n[registry]\nglobal-credential-providers = ["${mark}"]\n`,
    })

    expect(built).toMatchObject({ ok: false, code: "compile_failed" })
    expect(await readdir(tmpdir())).not.toContain(`outlayer-mark-${process.pid}`)
  })

  describe.runIf(hasCrates)("where crates.io answers", () => {
    const itoa = `[[package]]
name = "itoa"
version = "1.0.11"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "49f1f14873335454500d59611f1cf4a4b0f786f9ac11f4312a78e4cf2566695b"`
    const guest = '[[package]]\nname = "guest"\nversion = "0.1.0"\ndependencies = [\n "itoa",\n]'
    const files = crate(
      { "src/main.rs": 'fn main() { println!("{}", itoa::Buffer::new().format(42)); }' },
      'itoa = "=1.0.11"',
    )

    test("a crate is fetched by the lockfile", async ({ build }) => {
      const built = await build("rust/crate", { ...files, "Cargo.lock": lock(guest, itoa) })

      expect(await outputOf(built)).toBe("42\n")
    })

    test("a lockfile that does not fit is as good as none", async ({ build }) => {
      const built = await build("rust/unfit", files)

      expect(built).toMatchObject({ ok: false, code: "lockfile_missing" })
    })

    test("a crate that is not what the lockfile says is refused", async ({ build }) => {
      const forged = itoa.replace("49f1f1", "000000")

      const built = await build("rust/forged", { ...files, "Cargo.lock": lock(guest, forged) })

      expect(built).toMatchObject({ ok: false, code: "compile_failed" })
    })
  })
})

function crate(files: Files, dependencies = ""): Files {
  const head = '[package]\nname = "guest"\nversion = "0.1.0"\nedition = "2021"\n'
  const manifest = `${head}[dependencies]\n${dependencies}\n`
  return { "Cargo.toml": manifest, "Cargo.lock": lockfile, ...files }
}

function lock(...packages: string[]): string {
  return `version = 3\n\n${packages.join("\n\n")}\n`
}

async function outputOf(built: Build): Promise<string> {
  if (!built.ok) throw new Error(`${built.code}: ${built.message}\n${built.log}`)
  return (await runPreview1(built.wasm)).output
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(3000) })).ok
  } catch {
    return false
  }
}
