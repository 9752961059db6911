/** Makes the instances of a component's core modules, and stands around every call that leaves them. */
import { COUNTERS, REFUSED_GROWTH } from "@outlayer/metering"
import type { Counters } from "../guest/ending.guest.ts"
import { HostTrap, Stop } from "../wasi/stop.guest.ts"
import { TRANSCODERS } from "./check-component.guest.ts"
import type { Member } from "./packed.ts"

/**
 * Fuel of any call that leaves wasm, besides what the host function takes: the glue between takes
 * some microseconds.
 */
const FUEL_PER_CALL = 10_000
/** A text's bytes, or 16-bit units, that go from one component to another in a new encoding. */
const FUEL_PER_TRANSCODED = 8
const FUEL_PER_INSTANCE = 20_000
const BYTES_PER_FUEL = 8
/** A value of a list that is not copied as a whole, besides its bytes. */
const FUEL_PER_VALUE = 50
/** What one call may give: no host function takes more, and values are objects of ours. */
const MAX_GIVEN = { bytes: 64 * 1024 * 1024, values: 200_000 }
/** Of stack, as metering weighs it: JavaScript's frames, before the guest may be called back. */
const STACK_PER_CALL = 16_384
const MAX_INSTANCES = 1000
/** Of all tables, before they grow. */
const MAX_ELEMENTS = 1_000_000

type Call = (...values: unknown[]) => unknown
type Imports = Record<string, Record<string, unknown>>

export class Instances {
  readonly #counters: Counters
  readonly #pages: WebAssembly.Global<"i32">
  readonly #members = new Map<WebAssembly.Module, Member>()
  readonly #fromWasm = new WeakSet<object>()
  readonly #guarded = new WeakMap<object, Call>()
  #count = 0
  #elements = 0
  #given = { bytes: 0, values: 0 }

  constructor(counters: Counters, maxMemoryPages: number) {
    this.#counters = counters
    this.#pages = new WebAssembly.Global({ value: "i32", mutable: true }, maxMemoryPages)
  }

  compile(member: Member): WebAssembly.Module {
    const module = new WebAssembly.Module(member.wasm as Uint8Array<ArrayBuffer>)
    this.#members.set(module, member)
    return module
  }

  instantiate(module: WebAssembly.Module, imports: Imports = {}): WebAssembly.Instance {
    const member = this.#members.get(module)
    if (!member) throw new Error("an instance of an unknown module")
    this.#takeParts(member)
    const { fuel, stack } = this.#counters.globals
    const given = Object.entries(imports).map(([from, entries]) => [from, this.#guardAll(entries)])
    const counters = {
      [COUNTERS.fuel]: fuel,
      [COUNTERS.stack]: stack,
      [COUNTERS.pages]: this.#pages,
    }
    const instance = new WebAssembly.Instance(
      module,
      bare([...given, [COUNTERS.module, bare(Object.entries(counters))]]) as WebAssembly.Imports,
    )
    for (const [name, value] of Object.entries(instance.exports)) {
      if (typeof value === "function") this.#fromWasm.add(value)
      if (name === REFUSED_GROWTH) this.#counters.refusals.push(value as WebAssembly.Global<"i32">)
    }
    return instance
  }

  /** Before the glue takes so many values of so many bytes from a guest's memory. */
  take(length: number, bytes: number, isOneByOne: boolean): void {
    this.#counters.fuel.pay(length * (isOneByOne ? bytes + FUEL_PER_VALUE : bytes))
    this.#given.bytes += length * bytes
    if (isOneByOne) this.#given.values += length
    if (this.#given.bytes > MAX_GIVEN.bytes || this.#given.values > MAX_GIVEN.values)
      throw new HostTrap("more given than a call takes")
  }

  #takeParts({ bytes, pages, elements }: Member): void {
    this.#counters.fuel.pay(FUEL_PER_INSTANCE + Math.ceil(bytes / BYTES_PER_FUEL))
    this.#count += 1
    this.#elements += elements
    if (this.#count > MAX_INSTANCES) throw new HostTrap("too many instances")
    if (this.#elements > MAX_ELEMENTS) throw new HostTrap("too many elements in tables")
    if (pages > this.#pages.value) throw new Stop("memory")
    this.#pages.value -= pages
  }

  #guardAll(entries: Record<string, unknown>): object {
    return bare(
      Object.entries(entries).map(([name, value]) => [
        name,
        typeof value === "function" && !this.#fromWasm.has(value)
          ? this.#guard(TRANSCODERS.test(name) ? this.#transcode(value as Call) : (value as Call))
          : value,
      ]),
    )
  }

  /** Whichever it is: where the text is, its length, and where it goes. */
  #transcode(call: Call): Call {
    const { fuel } = this.#counters
    return (at, length, ...rest) => {
      fuel.pay(FUEL_PER_TRANSCODED * (Number(length) >>> 0))
      return call(at, length, ...rest)
    }
  }

  /** Paid before the glue acts, which looks at no counter. */
  #guard(call: Call): Call {
    const known = this.#guarded.get(call)
    if (known) return known
    const { fuel, globals } = this.#counters
    const { stack } = globals
    const guarded: Call = (...values) => {
      fuel.pay(FUEL_PER_CALL)
      const left = stack.value
      stack.value = left - STACK_PER_CALL
      if (stack.value < 0) throw new Stop("stack")
      this.#given = { bytes: 0, values: 0 }
      const result = call(...values)
      stack.value = left
      return result
    }
    this.#guarded.set(call, guarded)
    return guarded
  }
}

/** Without a prototype: `constructor` is no name of ours. */
function bare(entries: readonly (readonly unknown[])[]): object {
  return Object.assign(Object.create(null), Object.fromEntries(entries as [string, unknown][]))
}
