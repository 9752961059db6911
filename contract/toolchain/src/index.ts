import { dirname, resolve } from "node:path"
import { bundleContract } from "./bundle.ts"
import { compileScript } from "./bytecode.ts"
import { buildEngine } from "./engine/engine.ts"
import { lineTable } from "./line-table.ts"
import { snapshotContract } from "./snapshot.ts"

/** Builds a contract's wasm from its entry file: the same bytes on every machine. */
export async function buildContract(entry: string): Promise<Uint8Array> {
  const [bundle, engine] = await Promise.all([bundleContract(entry), buildEngine()])
  return snapshotContract({
    engine: engine.contract,
    bytecode: compileScript(engine.compiler, bundle.script),
    lineTable: lineTable(bundle.map, dirname(resolve(entry))),
    exports: bundle.exports,
  })
}
