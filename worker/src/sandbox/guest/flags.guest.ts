/** V8's flags are "for testing" and may be renamed: a child checks that they did what we rely on. */

/** The most that any request may ask for, in pages of 64 KiB. */
const MAX_PAGES = 8192

export function checkFlags(): void {
  mustThrow("--wasm-max-mem-pages", () => new WebAssembly.Memory({ initial: MAX_PAGES + 1 }))
  mustThrow("--disallow-code-generation-from-strings", () =>
    Reflect.construct(Function, ["return 1"]),
  )
  mustThrow("--disable-proto=throw", () => Reflect.get({}, "__proto__"))
}

function mustThrow(flag: string, forbidden: () => unknown): void {
  try {
    forbidden()
  } catch {
    return
  }
  throw new Error(`${flag} has no effect in ${process.version}`)
}
