/** One of the two ways to run a script: its modules as they are, or metered. */
import { createHash } from "node:crypto"
import { COUNTERS, type FunctionType, type MeteredModule } from "../index.ts"
import { callExactly } from "./caller.ts"
import type { Action } from "./commands.ts"
import { spectest } from "./spectest.ts"
import { type Bits, readValue } from "./values.ts"

/** A module that may be run both ways. */
export interface Pair {
  raw: Uint8Array<ArrayBuffer>
  metered: MeteredModule
}

export type Ending =
  | { kind: "values"; values: Bits[] }
  | { kind: "done" }
  | { kind: "trap" | "unlinkable" | "fault"; reason: string }
  /** What it needs was refused. */
  | { kind: "absent" }

const FUEL = 10n ** 12n
const STACK_BYTES = 262_144
const PAGES = 65_536

interface Instance {
  exports: WebAssembly.Exports
  functions: ReadonlyMap<string, FunctionType>
}

export class Session {
  readonly #isMetered: boolean
  readonly #fuel = new WebAssembly.Global({ value: "i64", mutable: true }, FUEL)
  readonly #stack = new WebAssembly.Global({ value: "i32", mutable: true }, STACK_BYTES)
  readonly #pages = new WebAssembly.Global({ value: "i32", mutable: true }, PAGES)
  readonly #registered = new Map<string, WebAssembly.ModuleImports | undefined>()
  readonly #named = new Map<string, Instance | undefined>()
  readonly #all: Instance[] = []
  #current: Instance | undefined

  constructor(isMetered: boolean) {
    this.#isMetered = isMetered
    this.#registered.set("spectest", spectest())
  }

  /** A module that is not run: nor is what names it from now on. */
  omit(name: string | undefined): void {
    this.#current = undefined
    if (name !== undefined) this.#named.set(name, undefined)
  }

  instantiate({ raw, metered }: Pair, name: string | undefined): Ending {
    this.omit(name)
    const bytes = this.#isMetered ? (metered.bytes as Uint8Array<ArrayBuffer>) : raw
    const module = new WebAssembly.Module(bytes)
    const needed = WebAssembly.Module.imports(module).map((one) => one.module)
    const isAbsent = (from: string) =>
      this.#registered.has(from) && this.#registered.get(from) === undefined
    if (needed.some(isAbsent)) return { kind: "absent" }
    const imports: WebAssembly.Imports = {}
    for (const [from, given] of this.#registered) if (given) imports[from] = given
    imports[COUNTERS.module] = {
      [COUNTERS.fuel]: this.#fuel,
      [COUNTERS.stack]: this.#stack,
      [COUNTERS.pages]: this.#pages,
    }
    return this.#attempt(() => {
      const { exports } = new WebAssembly.Instance(module, imports)
      const functions = metered.exports.flatMap(({ name: field, type }) =>
        type === undefined ? [] : [[field, type] as const],
      )
      this.#current = { exports, functions: new Map(functions) }
      this.#all.push(this.#current)
      if (name !== undefined) this.#named.set(name, this.#current)
      return { kind: "done" }
    })
  }

  register(as: string, name: string | undefined): void {
    this.#registered.set(as, this.#find(name)?.exports as WebAssembly.ModuleImports | undefined)
  }

  act({ type, module, field, args = [] }: Action): Ending {
    const instance = this.#find(module)
    if (instance === undefined) return { kind: "absent" }
    const target = instance.exports[field]
    if (type === "get") {
      if (!(target instanceof WebAssembly.Global)) throw new Error(`no global ${field}`)
      return { kind: "values", values: [{ reference: target.value }] }
    }
    const signature = instance.functions.get(field)
    if (signature === undefined) throw new Error(`no function ${field}`)
    return this.#attempt(() => ({
      kind: "values",
      values: callExactly(target, signature, args.map(readValue)),
    }))
  }

  /** All that can be seen of memories and globals, instance by instance. */
  state(): string[] {
    return this.#all.map(({ exports }) => {
      const hash = createHash("sha256")
      for (const [name, value] of Object.entries(exports)) {
        if (name.startsWith(`${COUNTERS.module}.`)) continue
        hash.update(name)
        if (value instanceof WebAssembly.Memory) hash.update(new Uint8Array(value.buffer))
        if (value instanceof WebAssembly.Global) hash.update(textOfGlobal(value))
        if (value instanceof WebAssembly.Table) hash.update(String(value.length))
      }
      return hash.digest("hex")
    })
  }

  #find(name: string | undefined): Instance | undefined {
    return name === undefined ? this.#current : this.#named.get(name)
  }

  #attempt(work: () => Ending): Ending {
    this.#fuel.value = FUEL
    this.#stack.value = STACK_BYTES
    this.#pages.value = PAGES
    try {
      const ending = work()
      if (this.#isMetered && ending.kind === "values" && this.#stack.value !== STACK_BYTES)
        return { kind: "fault", reason: `${this.#stack.value} bytes of stack are left` }
      return ending
    } catch (error) {
      return this.#endingOf(error)
    }
  }

  #endingOf(error: unknown): Ending {
    if (error instanceof WebAssembly.LinkError) return { kind: "unlinkable", reason: "" }
    const ranOut = { kind: "trap", reason: "call stack exhausted" } as const
    if (error instanceof RangeError && error.message.startsWith("Maximum call stack"))
      return this.#isMetered ? { kind: "fault", reason: "V8's own stack ran out" } : ranOut
    if (error instanceof WebAssembly.RuntimeError) {
      if (this.#fuel.value < 0n) return { kind: "fault", reason: "out of fuel" }
      return this.#stack.value < 0 ? ranOut : { kind: "trap", reason: error.message }
    }
    if (error instanceof TypeError) return { kind: "unlinkable", reason: "" }
    return { kind: "fault", reason: String(error) }
  }
}

function textOfGlobal(global: WebAssembly.Global): string {
  try {
    const value: unknown = global.value
    return typeof value === "number" || typeof value === "bigint" ? `${value}` : typeof value
  } catch {
    // JavaScript cannot see a vector.
    return "v128"
  }
}
