import type { GasCounter } from "./gas-counter.ts"
import { HostError } from "./host-error.ts"
import { LIMITS } from "./parameters.ts"

/** What a register costs beside its bytes. */
const REGISTER_ID_BYTES = 8

/** Byte strings on the host's side, by an id that the contract chooses. Contents are never changed in place. */
export class Registers {
  readonly #gas: GasCounter
  readonly #values = new Map<bigint, Uint8Array>()
  #memoryUsage = 0

  constructor(gas: GasCounter) {
    this.#gas = gas
  }

  length(id: bigint): number | undefined {
    return this.#values.get(id)?.length
  }

  read(id: bigint): Uint8Array {
    const value = this.#values.get(id)
    if (value === undefined) throw new HostError("InvalidRegisterId", { register_id: id })
    this.#gas.payBase("read_register_base")
    this.#gas.payPer("read_register_byte", value.length)
    return value
  }

  write(id: bigint, value: Uint8Array): void {
    this.#gas.payBase("write_register_base")
    this.#gas.payPer("write_register_byte", value.length)
    this.#set(id, value)
  }

  /** What was paid for when it was sent: input and promise results. */
  writeWithoutBytes(id: bigint, value: Uint8Array): void {
    this.#gas.payBase("write_register_base")
    this.#set(id, value)
  }

  #set(id: bigint, value: Uint8Array): void {
    const replaced = this.#values.get(id)
    const usage =
      this.#memoryUsage -
      (replaced === undefined ? 0 : replaced.length + REGISTER_ID_BYTES) +
      (value.length + REGISTER_ID_BYTES)
    // At the limit of registers even replacing one fails, as in nearcore.
    const fits =
      value.length <= LIMITS.max_register_size &&
      this.#values.size < LIMITS.max_number_registers &&
      usage <= LIMITS.registers_memory_limit
    if (!fits) throw new HostError("MemoryAccessViolation")
    this.#memoryUsage = usage
    this.#values.set(id, value)
  }
}
