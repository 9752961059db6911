/** `wasi:http/types.fields` */
import { Failed } from "../wasi/preview2/failed.guest.ts"
import { Resource } from "../wasi/preview2/resource.guest.ts"
import type { Maker } from "../wasi/preview2/streams.guest.ts"
import { HostTrap } from "../wasi/stop.guest.ts"
import type { Header } from "./exchange.ts"
import { isForbiddenHeader, isHeaderName, isHeaderValue } from "./header-rules.ts"

/** Of all that a guest holds at a time: what is sent has a limit of its own, and a far lower one. */
const MAX_HELD_BYTES = 16 * 1024 * 1024
/** What one entry takes besides its text. */
const ENTRY_BYTES = 100

type Entry = [name: string, value: Uint8Array]

/** The class is one guest's: its component constructs objects, and has no host to name. */
export function fieldsClass({ host: { fuel }, live }: Maker) {
  let heldBytes = 0

  return class Fields extends Resource {
    #entries: readonly Entry[] = []
    #isImmutable = false
    #nameWeight = 0

    constructor() {
      super(live)
    }

    static fromList(entries: readonly Entry[]): Fields {
      const fields = new Fields()
      try {
        fields.#put(take(entries))
        return fields
      } catch (error) {
        fields[Symbol.dispose]()
        throw error
      }
    }

    /** That the guest may read, and not change. */
    static fromHeaders(headers: readonly Header[]): Fields {
      const fields = new Fields()
      fields.#put(headers.map(([name, value]) => [name, Buffer.from(value, "latin1")]))
      fields.#isImmutable = true
      return fields
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      heldBytes -= weigh(this.#entries)
      this.#entries = []
    }

    get headers(): readonly Header[] {
      return this.#entries.map(([name, value]) => [
        name.toLowerCase(),
        Buffer.from(value).toString("latin1"),
      ])
    }

    get(name: string): Uint8Array[] {
      return pay(this.#look().filter(isNamed(name))).map(([, value]) => value)
    }

    has(name: string): boolean {
      return this.#look().some(isNamed(name))
    }

    set(name: string, values: readonly Uint8Array[]): void {
      this.#change()
      const added = take(values.map((value) => [name, value]))
      this.#put([...this.#look().filter((entry) => !isNamed(name)(entry)), ...added])
    }

    delete(name: string): void {
      this.#change()
      checkName(name)
      this.#put(this.#look().filter((entry) => !isNamed(name)(entry)))
    }

    append(name: string, value: Uint8Array): void {
      this.#change()
      this.#put([...this.#entries, ...take([[name, value]])])
    }

    entries(): readonly Entry[] {
      return pay(this.#entries)
    }

    clone(): Fields {
      const fields = new Fields()
      fields.#put(this.#entries)
      return fields
    }

    /** All names, to be compared with one: as dear as all entries, however few are found. */
    #look(): readonly Entry[] {
      fuel.pay(this.#nameWeight)
      return this.#entries
    }

    #change(): void {
      if (this.#isImmutable) throw new Failed({ tag: "immutable" })
    }

    #put(entries: readonly Entry[]): void {
      pay(entries)
      heldBytes += weigh(entries) - weigh(this.#entries)
      this.#entries = entries
      this.#nameWeight = entries.reduce((sum, [{ length }]) => sum + length + ENTRY_BYTES, 0)
      if (heldBytes > MAX_HELD_BYTES) throw new HostTrap("too many headers")
    }
  }

  /** Measured before it is looked at: a value may be as long as the guest's memory. */
  function take(entries: readonly Entry[]): Entry[] {
    if (weigh(pay(entries)) > MAX_HELD_BYTES) throw new HostTrap("too many headers")
    return entries.map(checkEntry)
  }

  function pay(entries: readonly Entry[]): readonly Entry[] {
    fuel.pay(weigh(entries))
    return entries
  }
}

export type FieldsClass = ReturnType<typeof fieldsClass>
export type Fields = InstanceType<FieldsClass>

function weigh(entries: readonly Entry[]): number {
  return entries.reduce((sum, [name, { length }]) => sum + name.length + length + ENTRY_BYTES, 0)
}

function isNamed(name: string): (entry: Entry) => boolean {
  const wanted = name.toLowerCase()
  return ([one]) => one.toLowerCase() === wanted
}

function checkEntry([name, value]: Entry): Entry {
  checkName(name)
  const isText = isHeaderValue(Buffer.from(value).toString("latin1"))
  if (!isText) throw new Failed({ tag: "invalid-syntax" })
  return [name, value.slice()]
}

function checkName(name: string): void {
  if (!isHeaderName(name)) throw new Failed({ tag: "invalid-syntax" })
  if (isForbiddenHeader(name)) throw new Failed({ tag: "forbidden" })
}
