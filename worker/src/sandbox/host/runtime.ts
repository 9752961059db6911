/** The code that children load: our sources as scripts, which come to them by pipe. */
import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import type { PrepareJob } from "../wire.ts"
import { bundle } from "./bundle.ts"
import { bundleTranspiler } from "./transpiler.ts"

const MAIN = fileURLToPath(new URL("../guest/main.guest.ts", import.meta.url))
const METER = fileURLToPath(new URL("../guest/meter.guest.ts", import.meta.url))

export interface Runtime {
  script: Uint8Array
  /** What a child wants besides to make a program ready: a script first, then modules. */
  tools: Tools
  /** Changes with whatever could change what a guest does, or what it pays. */
  engine: string
}

export type Tools = Readonly<Record<PrepareJob["kind"], readonly Uint8Array[]>>

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
  const [script, meter, transpile] = await Promise.all([
    bundle(MAIN),
    bundle(METER),
    bundleTranspiler(),
  ])
  const hash = createHash("sha256")
  for (const part of [script, meter, ...transpile]) hash.update(part)
  return {
    script,
    tools: { meter: [meter], transpile },
    engine: `node-${process.version}-${hash.digest("hex").slice(0, 16)}`,
  }
}

const [BEFORE, AFTER] = ["(require, exports) => {", "}"]

/** What Node evaluates in a child, with two lengths as its arguments: it reads the script and the code, and runs them. */
export const BOOTSTRAP = `
  const read = (length) => {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; ) {
      const count = require("node:fs").readSync(0, bytes, { offset: at })
      if (count === 0) process.exit()
      at += count
    }
    return bytes
  }
  const [source, code] = process.argv.slice(1, 3).map((length) => read(Number(length)))
  const cachedData = code.length > 0 ? code : undefined
  const { Script } = require("node:vm")
  const script = new Script("${BEFORE}" + source + "${AFTER}", { cachedData })
  if (script.cachedDataRejected) throw new Error("V8 does not take the code that it made")
  script.runInThisContext()(require, {})
`

/** Of a script, what a child compiles. */
export function sourceOf(script: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(BEFORE), script, Buffer.from(AFTER)])
}
