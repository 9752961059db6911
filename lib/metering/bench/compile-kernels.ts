import { readFile } from "node:fs/promises"
import { commands } from "@yowasp/clang"

/** How large each kernel's work is: 2 to 6 ms raw. */
export const KERNELS: Readonly<Record<string, number>> = {
  fib: 31,
  indirect: 2_000_000,
  qsort: 1,
  sieve: 3,
  matmul: 8,
  mandelbrot: 250,
  nbody: 60_000,
  hash: 25_000,
  interpreter: 300_000,
  trees: 15,
  strings: 150_000,
}

/** One module that exports all kernels, and imports nothing. */
export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  const source = await readFile(new URL("kernels.c", import.meta.url), "utf8")
  const options = ["--target=wasm32-wasip1", "-O2", "-nostdlib", "-Wl,--no-entry"]
  const args = [...options, "-fno-builtin", "-o", "kernels.wasm", "kernels.c"]
  const files = await commands.clang(args, { "kernels.c": source }, { fetchProgress() {} })
  const built = files?.["kernels.wasm"]
  if (!(built instanceof Uint8Array)) throw new Error("clang gave no module")
  return Uint8Array.from(built)
}
