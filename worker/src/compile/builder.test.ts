import { createHash } from "node:crypto"
import { isSignedByBuilder } from "@outlayer/protocol/sealing/build-signature"
import type { Files } from "@outlayer/testing/git"
import type { BuildTarget } from "@outlayer/protocol/pure"
import { describe, expect } from "vitest"
import { builderTest as test, limits, signal } from "./builder-test.ts"
import { runPreview1 } from "./run-preview1.ts"

const hello = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
const manifest = '{"sources": ["main.c"]}'

describe("a C repository", () => {
  test("becomes a module that runs, with a record that its builder signed", async ({ build }) => {
    const built = await build("C/Hello", { "main.c": hello, "outlayer.json": manifest })

    if (!built.ok) throw new Error(built.log)
    expect(built.record).toMatchObject({
      repo: "github.com/c/hello",
      branches: ["main"],
      build_target: "wasm32-wasip1",
      wasm_hash: createHash("sha256").update(built.wasm).digest("hex"),
    })
    expect(isSignedByBuilder(built.record)).toBe(true)
    expect(isSignedByBuilder({ ...built.record, branches: ["other"] })).toBe(false)
    expect(await runPreview1(built.wasm)).toMatchObject({ exitCode: 0, output: "hello\n" })
  })

  test("gives the same bytes each time, whatever its repository is called", async ({ build }) => {
    const files = { "main.c": `#include <assert.h>\n${hello}`, "outlayer.json": manifest }

    const one = await build("c/one", files)
    const other = await build("c/other", files)

    expect(one.ok && other.ok && one.record.wasm_hash === other.record.wasm_hash).toBe(true)
  })

  test("gives the same bytes behind weaker walls", async ({ repositories, open }) => {
    const repository = await repositories.create("c/walls")
    const commit = await repository.commit({ "main.c": hello, "outlayer.json": manifest })
    const source = { repo: "c/walls", commit, buildTarget: "wasm32-wasip1" } as const

    const one = await (await open()).build(source, limits, signal)
    const other = await (await open("native")).build(source, limits, signal)

    expect(one.ok && other.ok && one.record.wasm_hash === other.record.wasm_hash).toBe(true)
  })

  test("has headers, folders and definitions", async ({ build }) => {
    const built = await build("c/project", {
      "outlayer.json": JSON.stringify({
        sources: ["src/main.c", "src/answer.c"],
        include: ["include"],
        defines: { BASE: "40" },
      }),
      "include/answer.h": "int answer(void);",
      "src/answer.c":
        '#include "answer.h"\n#include "near.h"\nint answer(void) { return BASE + NEAR; }',
      "src/near.h": "#define NEAR 2",
      "src/main.c": '#include "answer.h"\nint main(void) { return answer(); }',
    })

    expect(built.ok && (await runPreview1(built.wasm)).exitCode).toBe(42)
  })

  test.for<[string, Files]>([
    ["does not compile", { "main.c": "int main(void) { return", "outlayer.json": manifest }],
    ["lacks its source", { "outlayer.json": manifest }],
    ["has a manifest that is no JSON", { "main.c": hello, "outlayer.json": "{" }],
    [
      "names a field that we do not know",
      { "main.c": hello, "outlayer.json": '{"sources": ["main.c"], "flags": ["-fplugin=x"]}' },
    ],
    ["climbs out of itself", { "main.c": hello, "outlayer.json": '{"sources": ["../main.c"]}' }],
    ["names an absolute path", { "main.c": hello, "outlayer.json": '{"sources": ["/etc/x.c"]}' }],
    ["names an option", { "main.c": hello, "outlayer.json": '{"sources": ["-o/x.c"]}' }],
    [
      "has a symlink for a manifest",
      { "main.c": hello, "x.json": manifest, "outlayer.json": { symlink: "x.json" } },
    ],
    [
      "includes a file of ours",
      { "main.c": '#include "/etc/passwd"\nint main(void) {}', "outlayer.json": manifest },
    ],
    [
      "includes it by a symlink",
      {
        "main.c": '#include "x.h"\nint main(void) {}',
        "x.h": { symlink: "/dev/null" },
        "outlayer.json": manifest,
      },
    ],
    ["says nothing of how to build it", { "main.c": hello }],
  ])("that %s is compile_failed", async ([title, files], { build }) => {
    const built = await build(`failing/${title.replaceAll(" ", "-")}`, files)

    expect(built).toMatchObject({ ok: false, code: "compile_failed" })
  })

  test("that becomes too large a module is wasm_refused", async ({ repositories, open }) => {
    const repository = await repositories.create("c/large")
    const commit = await repository.commit({ "main.c": hello, "outlayer.json": manifest })
    const source = { repo: "c/large", commit, buildTarget: "wasm32-wasip1" } as const

    const builder = await open(undefined, 1000)
    const built = await builder.build(source, limits, signal)

    expect(built).toMatchObject({ ok: false, code: "wasm_refused" })
  })

  test("what the compiler said goes to the operator alone", async ({ build }) => {
    const built = await build("c/message", {
      "main.c": "#error private\n",
      "outlayer.json": manifest,
    })

    expect(built).toMatchObject({ ok: false, message: "The C sources do not compile" })
    expect(!built.ok && built.log).toContain("private")
  })

  test("that takes too long is compile_timeout", async ({ build }) => {
    const built = await build("c/endless", { "main.c": endless, "outlayer.json": manifest }, 2500)

    expect(built).toMatchObject({ ok: false, code: "compile_timeout" })
  })

  test.for([
    ["its own limit, and then the task's", 1, { ok: false, code: "compile_timeout" }],
    ["the task's, and then its own limit", 10_000, new Error("deadline")],
  ] as const)(
    "whose fetch is ended by %s ends by the first",
    async ([, maxCompileMs, expected], { repositories, builder }) => {
      const repo = `c/late-${maxCompileMs}`
      const commit = await (await repositories.create(repo)).commit({ "main.c": hello })
      const ending = new AbortController()
      const source = { repo, commit, buildTarget: "wasm32-wasip1" } as const

      const ended = builder
        .build(source, { maxCompileMs }, ending.signal)
        .catch((error: unknown) => error)
      // Of the same length, and set later: it goes off later.
      AbortSignal.timeout(1).addEventListener("abort", () => ending.abort(new Error("deadline")))

      expect(await ended).toMatchObject(expected)
    },
  )
})

describe("a symlink that leads out is the repository's fault", () => {
  const out = { symlink: "/etc/passwd" }

  test.for<[string, BuildTarget, Files]>([
    ["C", "wasm32-wasip1", { "outlayer.json": manifest, "main.c": hello, "docs/notes.h": out }],
    ["Rust", "wasm32-wasip1", { "Cargo.toml": "[package]", "spy/Cargo.toml": out }],
    ["TypeScript", "wasm32-wasip2", { "package.json": '{"main": "main.ts"}', "lib/x.ts": out }],
  ])("in %s", async ([language, buildTarget, files], { repositories, builder }) => {
    const repo = `symlinks/${language}`
    const commit = await (await repositories.create(repo)).commit(files)

    const built = await builder.build({ repo, commit, buildTarget }, limits, signal)

    expect(built).toMatchObject({ ok: false, code: "compile_failed" })
    expect(!built.ok && built.message).toMatch(/symlink/)
  })
})

describe("what a repository lacks has a code", () => {
  test("no such repository", async ({ builder }) => {
    const source = {
      repo: "no/body",
      commit: "0".repeat(40),
      buildTarget: "wasm32-wasip1",
    } as const

    const built = await builder.build(source, limits, signal)

    expect(built).toMatchObject({ ok: false, code: "repository_not_found" })
  })

  test("a target that nothing here builds it for", async ({ repositories, builder }) => {
    const repository = await repositories.create("c/target")
    const commit = await repository.commit({ "main.c": hello, "outlayer.json": manifest })
    const source = { repo: "c/target", commit, buildTarget: "wasm32-wasip2" } as const

    const built = await builder.build(source, limits, signal)

    expect(built).toMatchObject({ ok: false, code: "target_unsupported" })
  })

  test("a build that is given up rejects with the reason", async ({ builder }) => {
    const source = {
      repo: "no/body",
      commit: "0".repeat(40),
      buildTarget: "wasm32-wasip1",
    } as const

    const building = builder.build(source, limits, AbortSignal.abort("enough"))

    await expect(building).rejects.toBe("enough")
  })
})

/** Every level of macros doubles the next: the preprocessor works for hours. */
const endless = [
  "#define A0(x) x x",
  ...Array.from({ length: 40 }, (_, i) => `#define A${i + 1}(x) A${i}(x) A${i}(x)`),
  "int main(void) { A40(;) return 0; }",
].join("\n")
