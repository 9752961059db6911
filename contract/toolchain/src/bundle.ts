// A contract and what it imports, as one script that leaves the global `contract`.
import { createRequire } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { transformAsync } from "@babel/core"
import { rolldown, type Plugin } from "rolldown"

const require = createRequire(import.meta.url)
const cloneDeep = fileURLToPath(new URL("./contract/clone-deep.ts", import.meta.url))
const exporter = resolve(
  dirname(require.resolve("near-sdk-js")),
  "cli/build-tools/near-bindgen-exporter.js",
)

export interface Bundle {
  readonly script: string
  /** A source map, version 3, with absolute paths. */
  readonly map: string
  readonly exports: readonly string[]
}

export async function bundleContract(entry: string): Promise<Bundle> {
  const path = resolve(entry)
  const build = await rolldown({
    input: path,
    cwd: dirname(path),
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
    plugins: [contractPlugin()],
    // near-sdk-js and what it imports are wanted for their exports only; @scure/base alone would be 60 KB of heap.
    treeshake: { moduleSideEffects: (id) => !id.includes("/node_modules/") },
    checks: { bundlerTimings: false }, // a busy machine is no reason to warn
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message)
    },
  })
  const { output } = await build.generate({
    format: "iife",
    name: "contract",
    exports: "named",
    sourcemap: "hidden",
    sourcemapPathTransform: (source, map) => resolve(dirname(map), source),
    codeSplitting: false,
    minify: false,
  })
  await build.close()
  const [chunk] = output
  if (!chunk.map) throw new Error("the bundler gave no source map")
  return { script: chunk.code, map: JSON.stringify(chunk.map), exports: chunk.exports }
}

function contractPlugin(): Plugin {
  return {
    name: "near-sdk-js",
    resolveId(source) {
      // Its cloneDeep costs 2 Tgas in every call that loads state.
      return source === "lodash-es" ? cloneDeep : null
    },
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null
      const result = await transformAsync(code, {
        filename: id,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        presets: [[require.resolve("@babel/preset-typescript"), { onlyRemoveTypeImports: true }]],
        plugins: [
          exporter,
          [require.resolve("@babel/plugin-proposal-decorators"), { version: "legacy" }],
        ],
      })
      if (!result?.code) throw new Error(`${id}: Babel gave no code`)
      return { code: result.code, map: JSON.stringify(result.map), moduleType: "js" }
    },
  }
}
