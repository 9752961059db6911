import { createHash } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Files } from "@outlayer/testing/git"
import { Header } from "tar"
import { describe, expect } from "vitest"
import type { Build } from "../build.ts"
import { builderTest, limits, signal } from "../builder-test.ts"

const MAIN = "export default (input: string) => `hello ${input}`\n"
const manifest = (dependencies: Record<string, string> = {}) =>
  JSON.stringify({ name: "guest", main: "src/main.ts", dependencies })

/** A registry of this test's own: it serves `archives`, and nothing else. */
const test = builderTest
  .extend("archives", { scope: "file" }, () => new Map<string, Uint8Array>())
  .extend("registry", { scope: "file" }, async ({ archives }, { onCleanup }) => {
    const server = createServer((request, response) => {
      const archive = archives.get((request.url ?? "").slice(1))
      response.writeHead(archive ? 200 : 404).end(archive)
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    onCleanup(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  .extend("javascript", { scope: "file" }, ({ open, registry }) =>
    open(undefined, undefined, registry),
  )
  .extend("buildFiles", ({ repositories, javascript }) => {
    return async (
      name: string,
      files: Files,
      maxCompileMs = limits.maxCompileMs,
    ): Promise<Build> => {
      const repository = await repositories.create(name)
      const commit = await repository.commit(files)
      const source = { repo: name, commit, buildTarget: "wasm32-wasip2" } as const
      return await javascript.build(source, { maxCompileMs }, signal)
    }
  })

describe("a repository in TypeScript", () => {
  test("becomes a component with the packages that its lockfile names", async ({
    archives,
    buildFiles,
  }) => {
    const greet = pack({
      "package/package.json": '{"name": "greet", "main": "index.js"}',
      "package/index.js": 'exports.greet = (name) => "marker-of-greet " + name\n',
    })
    archives.set("greet/-/greet-1.0.0.tgz", greet)

    const built = await buildFiles("js/greet", {
      "package.json": manifest({ greet: "1.0.0" }),
      "package-lock.json": lock({ "node_modules/greet": entry(greet) }),
      "src/main.ts":
        'import { greet } from "greet"\nexport default (input: string) => greet(input)\n',
    })

    if (!built.ok) throw new Error(`${built.message}\n${built.log}`)
    expect([...built.wasm.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])
    expect(Buffer.from(built.wasm).includes("marker-of-greet")).toBe(true)
    expect(built.record.build_target).toBe("wasm32-wasip2")
    expect(built.record.wasm_hash).toBe(createHash("sha256").update(built.wasm).digest("hex"))
  })

  test("gets nothing of an archive but plain files inside its own folder", async ({
    archives,
    buildFiles,
  }) => {
    const odd = pack(
      {
        "package/package.json": '{"name": "odd", "main": "index.js"}',
        "package/index.js": 'import secret from "./secret.js"\nexport default secret',
        "package/../../../src/main.ts": "export default () => 'marker-of-escape'\n",
        "/package/absolute.js": "x",
      },
      { "package/secret.js": "/etc/passwd" },
    )
    archives.set("odd/-/odd-1.0.0.tgz", odd)
    const files = {
      "package.json": manifest({ odd: "1.0.0" }),
      "package-lock.json": lock({ "node_modules/odd": entry(odd) }),
    }

    const linked = await buildFiles("js/link", {
      ...files,
      "src/main.ts": 'import odd from "odd"\nexport default () => odd\n',
    })
    const plain = await buildFiles("js/escape", { ...files, "src/main.ts": MAIN })

    expect(linked).toMatchObject({ ok: false, code: "compile_failed" })
    expect(!linked.ok && linked.log).toContain("./secret.js")
    expect(plain.ok && Buffer.from(plain.wasm).includes("marker-of-escape")).toBe(false)
  })

  test("is built again when the registry is gone", async ({ archives, buildFiles }) => {
    const once = pack({ "package/index.js": "export default 'marker-of-once'\n" })
    archives.set("once/-/once-1.0.0.tgz", once)
    const build = (name: string) =>
      buildFiles(name, {
        "package.json": manifest({ once: "1.0.0" }),
        "package-lock.json": lock({ "node_modules/once": entry(once) }),
        "src/main.ts": 'import once from "once"\nexport default () => once\n',
      })
    expect(await build("js/before")).toMatchObject({ ok: true })
    archives.delete("once/-/once-1.0.0.tgz")

    const after = await build("js/after")

    expect(after.ok && Buffer.from(after.wasm).includes("marker-of-once")).toBe(true)
  })

  test("runs no script of a package's, nor of its own", async ({ archives, buildFiles }) => {
    // Whichever ran, wherever it ran, what is built would tell.
    const hooks = [
      "preinstall",
      "install",
      "postinstall",
      "prepare",
      "prepublish",
      "prebuild",
      "build",
    ]
    const scripts = (file: string) =>
      Object.fromEntries(
        hooks.map((hook) => [hook, `echo "export default 'marker-of-a-script'" > ${file}`]),
      )
    const eager = pack({
      "package/package.json": JSON.stringify({
        name: "eager",
        main: "index.js",
        gypfile: true,
        scripts: scripts("index.js"),
        bin: { eager: "index.js", node: "index.js", npm: "index.js" },
      }),
      "package/binding.gyp": `{"targets": [{"target_name": "<!(echo 'marker-of-a-script' > index.js)"}]}`,
      "package/index.js": "export default 'marker-of-a-module'\n",
    })
    archives.set("eager/-/eager-1.0.0.tgz", eager)

    const built = await buildFiles("js/eager", {
      "package.json": JSON.stringify({
        name: "guest",
        main: "src/main.ts",
        dependencies: { eager: "1.0.0" },
        scripts: scripts("src/main.ts"),
      }),
      "package-lock.json": lock({
        "node_modules/eager": { ...entry(eager), hasInstallScript: true },
      }),
      ".npmrc": "ignore-scripts=false\n",
      "src/main.ts": 'import eager from "eager"\nexport default () => eager\n',
    })

    if (!built.ok) throw new Error(`${built.message}\n${built.log}`)
    const bytes = Buffer.from(built.wasm)
    expect(bytes.includes("marker-of-a-module")).toBe(true)
    expect(bytes.includes("marker-of-a-script")).toBe(false)
  })

  test("whose package takes all time and memory while it is built ends, and the next is built", async ({
    archives,
    buildFiles,
  }) => {
    const bomb =
      'const all = []\nfor (;;) all.push("x".repeat(1e5) + all.length)\nexport default all\n'
    const archive = pack({ "package/index.js": bomb })
    archives.set("bomb/-/bomb-1.0.0.tgz", archive)

    const built = await buildFiles(
      "js/bomb",
      {
        "package.json": manifest({ bomb: "1.0.0" }),
        "package-lock.json": lock({ "node_modules/bomb": entry(archive) }),
        "src/main.ts": 'import all from "bomb"\nexport default () => all\n',
      },
      5_000,
    )

    const code = expect.stringMatching(/^compile_(?:failed|timeout)$/) as string
    expect(built).toMatchObject({ ok: false, code })
    const next = { "package.json": manifest(), "src/main.ts": MAIN }
    expect(await buildFiles("js/after-bomb", next)).toMatchObject({ ok: true })
  })

  test("is not what is committed in node_modules", async ({ buildFiles }) => {
    const built = await buildFiles("js/committed", {
      "package.json": manifest(),
      "node_modules/greet/index.js": "export default 1\n",
      "src/main.ts": 'import greet from "greet"\nexport default () => greet\n',
    })

    expect(built).toMatchObject({ ok: false, code: "compile_failed" })
  })

  test.for<[string, string, Files]>([
    [
      "has no lockfile for its packages",
      "lockfile_missing",
      { "package.json": manifest({ a: "1" }) },
    ],
    ["has a manifest that is no JSON", "compile_failed", { "package.json": "{" }],
    ["names no main script", "compile_failed", { "package.json": '{"name": "x"}' }],
    [
      "names a main script that is not there",
      "compile_failed",
      { "package.json": '{"main": "x.ts"}' },
    ],
    ["has a main script outside", "compile_failed", { "package.json": '{"main": "../x.ts"}' }],
    ["does not parse", "compile_failed", { "src/main.ts": "export default (" }],
    ["imports what Node has", "compile_failed", { "src/main.ts": 'import "node:fs"\n' + MAIN }],
    [
      "imports a file of ours",
      "compile_failed",
      { "src/main.ts": 'import "/etc/passwd"\n' + MAIN },
    ],
    ["waits at its top level", "compile_failed", { "src/main.ts": "await 1\n" + MAIN }],
    ["fails while it is loaded", "compile_failed", { "src/main.ts": "throw new Error()\n" + MAIN }],
    [
      "draws while it is built",
      "compile_failed",
      { "src/main.ts": "globalThis.drawn = Math.random()\n" + MAIN },
    ],
  ])("that %s is %s", async ([title, code, files], { buildFiles }) => {
    const built = await buildFiles(`js/${title.replaceAll(" ", "-")}`, {
      "package.json": manifest(),
      "src/main.ts": MAIN,
      ...files,
    })

    expect(built).toMatchObject({ ok: false, code })
  })

  test("whose package is another than the lockfile's, or is gone, is compile_failed", async ({
    archives,
    buildFiles,
  }) => {
    const good = pack({ "package/index.js": "export default 1\n" })
    archives.set("other/-/other-1.0.0.tgz", pack({ "package/index.js": "export default 2\n" }))
    for (const name of ["other", "gone"]) {
      const built = await buildFiles(`js/${name}`, {
        "package.json": manifest({ [name]: "1.0.0" }),
        "package-lock.json": lock({ [`node_modules/${name}`]: entry(good) }),
        "src/main.ts": MAIN,
      })

      expect(built).toMatchObject({ ok: false, code: "compile_failed" })
    }
  })

  test("is told the target when a caller names the other one", async ({
    repositories,
    javascript,
  }) => {
    const repository = await repositories.create("js/target")
    const commit = await repository.commit({ "package.json": manifest(), "src/main.ts": MAIN })
    const source = { repo: "js/target", commit, buildTarget: "wasm32-wasip1" } as const

    const built = await javascript.build(source, limits, signal)

    expect(built).toMatchObject({ ok: false, code: "target_unsupported" })
    expect(!built.ok && built.message).toContain("wasm32-wasip2")
  })
})

test("a registry that does not answer is repository_unreachable", async ({
  repositories,
  open,
}) => {
  const builder = await open(undefined, undefined, "http://127.0.0.1:9/")
  const repository = await repositories.create("js/unreachable")
  const commit = await repository.commit({
    "package.json": manifest({ a: "1.0.0" }),
    "package-lock.json": lock({ "node_modules/a": entry(new Uint8Array()) }),
    "src/main.ts": MAIN,
  })
  const source = { repo: "js/unreachable", commit, buildTarget: "wasm32-wasip2" } as const

  const built = await builder.build(source, limits, signal)

  expect(built).toMatchObject({ ok: false, code: "repository_unreachable" })
})

function entry(archive: Uint8Array) {
  const hash = createHash("sha512").update(archive).digest("base64")
  return { version: "1.0.0", integrity: `sha512-${hash}` }
}

function lock(packages: Record<string, unknown>): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } })
}

/** An archive with whatever names: one that no honest tool would write. */
function pack(files: Record<string, string>, links: Record<string, string> = {}): Uint8Array {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512)
    body.write(text)
    return [header({ path, size: text.length, type: "File" }), body]
  })
  const linked = Object.entries(links).map(([path, linkpath]) =>
    header({ path, linkpath, size: 0, type: "SymbolicLink" }),
  )
  return Buffer.concat([...blocks, ...linked, Buffer.alloc(1024)])
}

function header(fields: ConstructorParameters<typeof Header>[0]): Buffer {
  const block = Buffer.alloc(512)
  new Header({ mode: 0o644, ...(fields as object) }).encode(block)
  return block
}
