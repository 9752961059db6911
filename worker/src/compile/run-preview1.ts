/** Runs a module that tests wrote themselves: `node:wasi` is no wall, but enough for those. */
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WASI } from "node:wasi"

export async function runPreview1(wasm: Uint8Array, input = "") {
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
    const imports = wasi.getImportObject() as WebAssembly.Imports
    const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), imports)
    const exitCode = wasi.start(instance)
    return { exitCode, output: await readFile(path("stdout"), "utf8") }
  } finally {
    await rm(folder, { recursive: true })
  }
}
