/** Runs a module that tests wrote themselves: `node:wasi` is no wall, but enough for those. */
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WASI } from "node:wasi"

const NAME = "wasi_snapshot_preview1"

/** `more` goes beside WASI's own functions, or in their places. */
export async function runPreview1(wasm: Uint8Array, input = "", more: WebAssembly.Imports = {}) {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-run-"))
  const path = (name: string) => join(folder, name)
  try {
    await writeFile(path("stdin"), input)
    await using stdin = await open(path("stdin"))
    await using stdout = await open(path("stdout"), "w")
    await using stderr = await open(path("stderr"), "w")
    const wasi = new WASI({
      version: "preview1",
      stdin: stdin.fd,
      stdout: stdout.fd,
      stderr: stderr.fd,
      returnOnExit: true,
    })
    const { [NAME]: functions } = wasi.getImportObject() as WebAssembly.Imports
    const imports = { ...more, [NAME]: { ...functions, ...more[NAME] } }
    const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), imports)
    const exitCode = wasi.start(instance)
    const output = await readFile(path("stdout"), "utf8")
    return { exitCode, output, exports: instance.exports }
  } finally {
    await rm(folder, { recursive: true })
  }
}
