/** The code that children load: our sources as one script, which comes to them by pipe. */
import { createHash } from "node:crypto"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { bundleTranspiler } from "./transpiler.ts"

const ENTRY = fileURLToPath(new URL("../guest/main.guest.ts", import.meta.url))

export interface Runtime {
  script: Uint8Array
  /** What a child wants besides to transpile a component. */
  transpiler: readonly Uint8Array[]
  /** Changes with whatever could change what a guest does, or what it pays. */
  engine: string
}

/**
 * One CommonJS script, since a process starts on half the time (25 ms of CPU, not 50) when it has
 * no types to strip and no graph of modules to load; and no file, so a child can see none.
 */
export function prepareRuntime(): Promise<Runtime> {
  prepared ??= prepare()
  return prepared
}

/** Our sources do not change under a process: bundling them takes a quarter of a second. */
let prepared: Promise<Runtime> | undefined

async function prepare(): Promise<Runtime> {
  const [code, transpiler] = await Promise.all([bundle(), bundleTranspiler()])
  const hash = createHash("sha256").update(code)
  for (const part of transpiler) hash.update(part)
  return {
    script: new TextEncoder().encode(code),
    transpiler,
    engine: `node-${process.version}-${hash.digest("hex").slice(0, 16)}`,
  }
}

async function bundle(): Promise<string> {
  // Paths stand in the script, so they begin at our own folder wherever the process was started.
  await using build = await rolldown({ input: ENTRY, cwd: dirname(ENTRY), platform: "node" })
  const { output } = await build.generate({ format: "cjs", codeSplitting: false })
  return output[0].code
}

/** What Node evaluates in a child, with the script's length as its argument: it reads and runs it. */
export const BOOTSTRAP = `
  const script = Buffer.alloc(Number(process.argv[1]))
  for (let at = 0; at < script.length; ) {
    const count = require("node:fs").readSync(0, script, { offset: at })
    if (count === 0) process.exit()
    at += count
  }
  require("node:vm").runInThisContext("(require, exports) => {" + script + "}")(require, {})
`
