import { readFile } from "node:fs/promises"
import { commands } from "@yowasp/clang"

/** How large each kernel's work is: well below a millisecond raw, so that on a busy machine many rounds are not disturbed. */
export const KERNELS: Readonly<Record<string, number>> = {
  fib: 25,
  indirect: 200_000,
  qsort: 2,
  sieve: 2,
  matmul: 1,
  mandelbrot: 80,
  nbody: 6000,
  hash: 2500,
  interpreter: 30_000,
  trees: 20,
  strings: 15_000,
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
