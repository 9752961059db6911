/** V8's flags are "for testing" and may be renamed: a child checks that they did what we rely on. */
import fs from "node:fs"

/** The most that any request may ask for, in pages of 64 KiB. */
const MAX_PAGES = 8192
/** `--max-old-space-size`, and what V8 adds for the young. */
const HEAP_BYTES = { least: 512 * 1024 ** 2, most: 640 * 1024 ** 2 }
/** Some 100 bytes each: five times what V8 lets through by itself, a third of what ours does. */
const FRAMES = 50_000

/** In every child: what costs nothing to look at. */
export function checkFlags(isFiltered: boolean): void {
  mustThrow("--wasm-max-mem-pages", () => new WebAssembly.Memory({ initial: MAX_PAGES + 1 }))
  mustThrow("--disallow-code-generation-from-strings", () =>
    Reflect.construct(Function, ["return 1"]),
  )
  mustThrow("--disable-proto=throw", () => Reflect.get({}, "__proto__"))
  // Without a filter the answer would be EISDIR: that bubblewrap took the option proves little.
  if (isFiltered) mustThrow("the filter", () => fs.openSync("/", "r+"), "EPERM")
}

/** In the one that is tried before any guest runs. */
export function checkLimits(): void {
  // Loaded here alone: it takes longer than the rest of a start of ours.
  const { heap_size_limit: heap } = process.getBuiltinModule("node:v8").getHeapStatistics()
  if (heap < HEAP_BYTES.least || heap > HEAP_BYTES.most) throw noEffect("--max-old-space-size")
  const recurse = (left: number): number => (left === 0 ? 0 : 1 + recurse(left - 1))
  try {
    recurse(FRAMES)
  } catch {
    throw noEffect("--stack-size")
  }
  mustThrow("--no-addons", () => process.dlopen({ exports: {} }, "/"), "ERR_DLOPEN_DISABLED")
}

function mustThrow(flag: string, forbidden: () => unknown, code?: string): void {
  try {
    forbidden()
  } catch (error) {
    if (code === undefined || Reflect.get(Object(error), "code") === code) return
  }
  throw noEffect(flag)
}

function noEffect(flag: string): Error {
  return new Error(`${flag} has no effect in ${process.version}`)
}
