/** The guest's fuel, seen from the host: the metered code and host calls draw on one counter. */
import { Stop } from "./stop.guest.ts"

/**
 * Fuel of any host call, before what it moves. Crossing into JavaScript and back takes about as
 * long as 100 to 200 plain operators.
 */
const CALL = 200

export class Fuel {
  readonly #left: WebAssembly.Global<"i64">
  readonly #limit: bigint

  constructor(left: WebAssembly.Global<"i64">, limit: bigint) {
    this.#left = left
    this.#limit = limit
  }

  /** Pays before the host acts: nothing is done on credit. */
  pay(amount: number): void {
    this.#left.value -= BigInt(amount)
    if (this.#left.value < 0n) throw new Stop("fuel")
  }

  payCall(): void {
    this.pay(CALL)
  }

  get isSpent(): boolean {
    return this.#left.value < 0n
  }

  /** Never above the limit: what did not fit was not done. */
  get used(): bigint {
    return this.isSpent ? this.#limit : this.#limit - this.#left.value
  }
}
