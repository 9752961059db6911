// Compiles QuickJS and our C into two wasm modules: one that turns a script into bytecode at build time, and the
// engine that every contract is made from.
import { readFileSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { cached } from "./cache.ts"
import { runClang } from "./clang.ts"
import { editSource } from "./source-edits.ts"

const require = createRequire(import.meta.url)
const ourFolder = fileURLToPath(new URL("../../c/", import.meta.url))
const quickjsFolder = join(dirname(require.resolve("qjsc/package.json")), "deps/quickjs_2021_03_27")
const clangVersion = readFileSync(require.resolve("@yowasp/clang"))

/** The low part of memory; far more than STACK_LIMIT in contract.c lets JavaScript use. */
const stackBytes = 1 << 20

/** memory.copy and memory.fill cost an operator a byte, and 32: memory.c does it for less than half. */
const features = [
  "-mno-bulk-memory",
  "-mno-bulk-memory-opt",
  "-mno-multivalue",
  "-mno-reference-types",
  "-mno-simd128",
]
const target = ["--target=wasm32-wasip1", ...features]
const quickjs = [
  "-D_GNU_SOURCE",
  "-fno-builtin-printf",
  "-fno-unroll-loops",
  '-DCONFIG_VERSION="2021-03-27"',
  "-DCONFIG_BIGNUM",
  "-w",
]
const separate = ["-ffunction-sections", "-fdata-sections", "-fno-ident", "-DNDEBUG"]

const linking = [
  "-nostartfiles",
  "-Wl,--no-entry",
  "-Wl,--stack-first",
  `-Wl,-z,stack-size=${stackBytes}`,
  "-Wl,--initial-memory=67108864",
  "-Wl,--max-memory=134217728",
  "-Wl,--strip-all",
  "-Wl,-O2",
  "-Wl,--compress-relocations",
]

const quickjsSources = ["quickjs.c", "libregexp.c", "libunicode.c", "cutils.c", "libbf.c"]
const common = ["alloc.c", "memory.c", "shims.c", "text.c"]
/** source-edits.ts marks most of quickjs.c as small again. */
const quick = ["quickjs.c", "alloc.c", "memory.c"]
const contractSources = ["contract.c", "host.c", "encoding.c", "sha384.c"]

export interface Engine {
  readonly compiler: Uint8Array
  readonly contract: Uint8Array
}

export async function buildEngine(): Promise<Engine> {
  const files = readSources()
  const compiled = new Map<string, Promise<Uint8Array>>()
  const object = (source: string) => {
    const made = compiled.get(source) ?? compile(source, files)
    compiled.set(source, made)
    return made
  }
  const [contract, compiler] = await Promise.all([
    link([...quickjsSources, ...common, ...contractSources], object),
    link([...quickjsSources, ...common, "compile.c"], object),
  ])
  return { compiler, contract }
}

function readSources(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const folder of [quickjsFolder, ourFolder])
    for (const file of readdirSync(folder).toSorted())
      if (/\.[ch]$/.test(file))
        files[file] = editSource(file, readFileSync(join(folder, file), "utf8"))
  files["quickjs.c"] += files["quickjs-tail.c"] ?? ""
  return files
}

async function compile(source: string, files: Record<string, string>): Promise<Uint8Array> {
  const headers = Object.keys(files).filter((file) => file.endsWith(".h"))
  const needed = Object.fromEntries([...headers, source].map((file) => [file, files[file] ?? ""]))
  const args = [
    ...target,
    ...separate,
    ...(quickjsSources.includes(source)
      ? quickjs
      : [
          "-fno-builtin",
          "-Wall",
          "-Wextra",
          "-Wno-unused-parameter",
          "-Wno-cast-function-type-mismatch",
          "-Wno-int-to-pointer-cast",
          "-Werror",
        ]),
    quick.includes(source) ? "-O2" : "-Oz",
    "-include",
    "prelude.h",
    "-c",
    source,
    "-o",
    "out.o",
  ]
  const inputs = [clangVersion, ...args, ...Object.entries(needed).flat()]
  return cached(inputs, () => runClang({ args, files: needed, output: "out.o" }))
}

async function link(
  sources: readonly string[],
  object: (source: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const objects = await Promise.all(sources.map(object))
  const names = sources.map((source) => source.replace(/c$/, "o"))
  const args = [...target, ...linking, ...names, "-lm", "-o", "out.wasm"]
  const files = Object.fromEntries(names.map((name, i) => [name, objects[i] ?? new Uint8Array()]))
  return cached([clangVersion, ...args, ...objects], () =>
    runClang({ args, files, output: "out.wasm" }),
  )
}
