/** What a guest draws: a stream of its run's seed. */
import { ChaCha20 } from "./chacha20.guest.ts"
import type { Fuel } from "./fuel.guest.ts"

/** Making a byte of the stream takes some nanoseconds. */
const FUEL_PER_BYTE = 8

export class Randomness {
  readonly #stream: ChaCha20
  readonly #fuel: Fuel

  /** 32 bytes that nobody else knows. */
  constructor(seed: Uint8Array, fuel: Fuel) {
    this.#stream = new ChaCha20(seed)
    this.#fuel = fuel
  }

  pay(length: number): void {
    this.#fuel.pay(length * FUEL_PER_BYTE)
  }

  /** Is to be paid for before: the buffer, too, may be the guest's to name. */
  fill(bytes: Uint8Array): void {
    this.#stream.fill(bytes)
  }
}
