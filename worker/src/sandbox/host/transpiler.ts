/** jco's transpiler, as a script and two modules that a child without files can load. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Plugin } from "rolldown"
import { bundle } from "./bundle.ts"

const ENTRY = fileURLToPath(new URL("../component/transpile.guest.ts", import.meta.url))
const NO_WASI = fileURLToPath(new URL("../component/no-wasi.guest.ts", import.meta.url))
const COMPONENT = import.meta.resolve("@bytecodealliance/jco-transpile/component")
const SHIMS = ["cli", "filesystem", "io", "random"]
/** How it names the modules that lie beside it. */
const MODULES = ["core", "core2"].map((part) => `js-component-bindgen-component.${part}.wasm`)

/** The script first. */
export async function bundleTranspiler(): Promise<Uint8Array[]> {
  const script = bundle(ENTRY, {
    // Its modules may act by being loaded.
    treeshake: true,
    // Its warning: "use components" says nothing to a script.
    logLevel: "silent",
    resolve: {
      alias: Object.fromEntries(
        SHIMS.map((shim) => [`@bytecodealliance/preview2-shim/${shim}`, NO_WASI]),
      ),
    },
    plugins: [takesModulesGiven],
  })
  const modules = MODULES.map((name) => readFile(new URL(name, COMPONENT)))
  return Promise.all([script, ...modules])
}
const takesModulesGiven: Plugin = {
  name: "takes-modules-given",
  transform: {
    filter: { id: fileURLToPath(COMPONENT) },
    handler: (code) =>
      MODULES.reduce((text, name, place) => {
        const parts = text.split(`fetchCompile(new URL('./${name}', import.meta.url))`)
        if (parts.length !== 2) throw new Error("this transpiler loads its modules in another way")
        return parts.join(`compileGiven(${place})`)
      }, code),
  },
}
