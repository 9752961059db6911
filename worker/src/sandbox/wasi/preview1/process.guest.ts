/** What a program is started with, and how it ends. */
import { ERRNO, type Errno } from "./errno.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { Stop } from "../stop.guest.ts"

export function processFunctions(
  memory: GuestMemory,
  fuel: Fuel,
  args: readonly string[],
  environment: readonly (readonly [name: string, value: string])[],
) {
  const given = new StringTable(memory, fuel, args)
  const variables = new StringTable(
    memory,
    fuel,
    environment.map(([name, value]) => `${name}=${value}`),
  )
  return {
    args_sizes_get: (countAt: number, bytesAt: number) => given.writeSizes(countAt, bytesAt),
    args_get: (pointersAt: number, textAt: number) => given.write(pointersAt, textAt),
    environ_sizes_get: (countAt: number, bytesAt: number) => variables.writeSizes(countAt, bytesAt),
    environ_get: (pointersAt: number, textAt: number) => variables.write(pointersAt, textAt),

    proc_exit(code: number) {
      throw new Stop("exit", code)
    },
    proc_raise: () => ERRNO.notsup,
    sched_yield: () => ERRNO.success,
  } satisfies HostFunctions
}

/** Strings as C has them: a table of pointers, and zero-terminated text. */
class StringTable {
  readonly #memory: GuestMemory
  readonly #fuel: Fuel
  readonly #strings: readonly Uint8Array[]
  readonly #bytes: number

  constructor(memory: GuestMemory, fuel: Fuel, strings: readonly string[]) {
    this.#memory = memory
    this.#fuel = fuel
    this.#strings = strings.map((text) => new TextEncoder().encode(`${text}\0`))
    this.#bytes = this.#strings.reduce((sum, text) => sum + text.length, 0)
  }

  writeSizes(countAt: number, bytesAt: number): Errno {
    this.#memory.setU32(countAt, this.#strings.length)
    this.#memory.setU32(bytesAt, this.#bytes)
    return ERRNO.success
  }

  write(pointersAt: number, textAt: number): Errno {
    this.#fuel.pay(this.#bytes + 4 * this.#strings.length)
    let at = textAt
    for (const [index, text] of this.#strings.entries()) {
      this.#memory.setU32(pointersAt + 4 * index, at)
      this.#memory.bytes(at, text.length).set(text)
      at += text.length
    }
    return ERRNO.success
  }
}
