/** A repository may name more manifests than it holds itself: whatever parses them must have no file of ours before it. */
import { createRepositories, type Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import { builderTest as test, limits, signal, walledModes } from "../builder-test.ts"
import { openKey } from "../walls.fixture.ts"
import { findRust } from "./find-rust.ts"

const [rust] = await findRust(["wasm32-wasip1"], environment)
const MARK = "marker-of-a-key"
const package_ = (name: string) =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`
const main = "fn main() {}"
/** Debian's cannot: its libgit2 is too old for it. */
const testByGit = test.runIf(rust?.cargo !== "/usr/bin/cargo")

describeWhere("bwrap and Rust", rust !== undefined && walledModes.length > 0, () => {
  describe.for(walledModes)("%s", (mode) => {
    testByGit(
      "a dependency by Git that is a symlink to a key shows nothing of it",
      async ({ repositories, open }) => {
        await using ours = await openKey()
        const dependency = await repositories.create(`spies/${mode}`)
        const at = await dependency.commit({ "Cargo.toml": { symlink: ours.key } })
        const url = `https://github.com/spies/${mode}`
        const repository = await repositories.create(`guests/git-${mode}`)
        const commit = await repository.commit(dependent(url, at))
        const source = {
          repo: `guests/git-${mode}`,
          commit,
          buildTarget: "wasm32-wasip1",
        } as const

        const built = await (await open(mode)).build(source, limits, signal)

        expect(built).toMatchObject({ ok: false, code: "compile_failed" })
        expect(JSON.stringify(built)).not.toContain(MARK)
        // It came so far as to look for it.
        expect(!built.ok && built.log).toContain("Cargo.toml")
      },
    )

    testByGit(
      "a submodule of a dependency is no folder of this machine's",
      async ({ repositories, open }) => {
        await using elsewhere = await createRepositories()
        const key = await elsewhere.create("our/key")
        const at = await key.commit({ key: MARK })
        const dependency = await repositories.create(`submodules/${mode}`)
        await dependency.commit({
          "Cargo.toml": package_("spy"),
          "src/lib.rs": `compile_error!(include_str!("../sub/key"));`,
          ".gitmodules": `[submodule "sub"]\n  path = sub\n  url = file://${key.folder}\n`,
        })
        await dependency.git("update-index", "--add", "--cacheinfo", `160000,${at},sub`)
        await dependency.git("commit", "--quiet", "--message=submodule")
        const head = await dependency.git("rev-parse", "HEAD")
        const url = `https://github.com/submodules/${mode}`
        const commit = await (
          await repositories.create(`guests/sub-${mode}`)
        ).commit(dependent(url, head))
        const source = { repo: `guests/sub-${mode}`, commit, buildTarget: "wasm32-wasip1" } as const

        const built = await (await open(mode)).build(source, limits, signal)

        expect(built).toMatchObject({ ok: false, message: "The dependencies cannot be fetched" })
        expect(JSON.stringify(built)).not.toContain(MARK)
      },
    )

    test.for<[string, (folder: string) => Files]>([
      [
        "a package by path",
        (folder) => ({
          "Cargo.toml": `${package_("guest")}[dependencies]\nours = { path = "${folder}" }\n`,
        }),
      ],
      [
        "a workspace",
        (folder) => ({ "Cargo.toml": `${package_("guest")}workspace = "${folder}"\n` }),
      ],
      [
        "a build script",
        (folder) => ({ "Cargo.toml": `${package_("guest")}build = "${folder}/Cargo.toml"\n` }),
      ],
      [
        "an included file",
        (folder) => ({
          "Cargo.toml": package_("guest"),
          "src/main.rs": `compile_error!(include_str!("${folder}/Cargo.toml"));`,
        }),
      ],
      [
        "a configuration",
        (folder) => ({
          "Cargo.toml": package_("guest"),
          ".cargo/config.toml": `include = "${folder}/Cargo.toml"\npaths = ["${folder}"]\n`,
        }),
      ],
      [
        "a source in the place of crates.io",
        (folder) => ({
          "Cargo.toml": package_("guest"),
          ".cargo/config.toml": `[source.crates-io]\nreplace-with = "ours"\n[source.ours]\ndirectory = "${folder}"\n`,
        }),
      ],
    ])("%s of this machine's shows nothing", async ([what, files], { repositories, open }) => {
      await using ours = await openKey()
      const repo = `guests/${what.replaceAll(/[^a-z]+/g, "-")}-${mode}`
      const commit = await (
        await repositories.create(repo)
      ).commit({ "src/main.rs": main, ...files(ours.folder) })
      const source = { repo, commit, buildTarget: "wasm32-wasip1" } as const

      const built = await (await open(mode)).build(source, limits, signal)

      expect(JSON.stringify(built)).not.toContain(MARK)
    })
  })
})

/** A package that needs another one, by Git. */
function dependent(url: string, commit: string): Files {
  const spy = `[[package]]\nname = "spy"\nversion = "0.1.0"\nsource = "git+${url}#${commit}"\n`
  const guest = `[[package]]\nname = "guest"\nversion = "0.1.0"\ndependencies = [\n "spy",\n]\n`
  return {
    "Cargo.toml": `${package_("guest")}[dependencies]\nspy = { git = "${url}" }\n`,
    "Cargo.lock": `version = 3\n\n${guest}\n${spy}`,
    "src/main.rs": main,
  }
}
