import type { GasCounter } from "./gas-counter.ts"
import { HostError } from "./host-error.ts"

/** The contract's linear memory as host functions see it: fees first, then bounds. */
export class GuestMemory {
  readonly #gas: GasCounter
  readonly #memory: WebAssembly.Memory
  #bytes: Uint8Array

  constructor(gas: GasCounter, memory: WebAssembly.Memory) {
    this.#gas = gas
    this.#memory = memory
    this.#bytes = new Uint8Array(memory.buffer)
  }

  /** A copy: what the contract does to its memory afterwards changes nothing. */
  read(pointer: bigint, length: bigint | number): Uint8Array {
    this.#gas.payBase("read_memory_base")
    this.#gas.payPer("read_memory_byte", length)
    return this.readUnpaid(pointer, length)
  }

  readUnpaid(pointer: bigint, length: bigint | number): Uint8Array {
    const start = this.#start(pointer, BigInt(length))
    return this.#bytes.slice(start, start + Number(length))
  }

  readU32(pointer: number): number {
    return Buffer.from(this.read(BigInt(pointer), 4)).readUInt32LE()
  }

  readU128(pointer: bigint): bigint {
    const bytes = Buffer.from(this.read(pointer, 16))
    return bytes.readBigUInt64LE(0) + (bytes.readBigUInt64LE(8) << 64n)
  }

  write(pointer: bigint, bytes: Uint8Array): void {
    this.#gas.payBase("write_memory_base")
    this.#gas.payPer("write_memory_byte", bytes.length)
    this.#bytes.set(bytes, this.#start(pointer, BigInt(bytes.length)))
  }

  writeU128(pointer: bigint, value: bigint): void {
    const bytes = Buffer.alloc(16)
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 0)
    bytes.writeBigUInt64LE(value >> 64n, 8)
    this.write(pointer, bytes)
  }

  #start(pointer: bigint, length: bigint): number {
    // Growing detaches the old buffer.
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer)
    }
    if (pointer + length > BigInt(this.#bytes.length)) throw new HostError("MemoryAccessViolation")
    return Number(pointer)
  }
}
