/** The guest's fuel, seen from the host: the metered code and host calls draw on one counter. */
import { Stop } from "./stop.guest.ts"

/**
 * Fuel of any host call, before what it moves. Crossing into JavaScript and back takes about as
 * long as 100 to 200 plain operators.
 */
const CALL = 200
/** About a tenth of a second. */
const TELL_EVERY = 100_000_000n

export class Fuel {
  readonly #left: WebAssembly.Global<"i64">
  readonly #limit: bigint
  readonly #tell: (used: bigint) => void
  #tellBelow: bigint

  /** `tell` hears now and then, at a host call, how much is spent. */
  constructor(
    left: WebAssembly.Global<"i64">,
    limit: bigint,
    tell: (used: bigint) => void = () => {},
  ) {
    this.#left = left
    this.#limit = limit
    this.#tell = tell
    this.#tellBelow = limit - TELL_EVERY
  }

  /** Pays before the host acts: nothing is done on credit, and nothing is ever given back. */
  pay(amount: number): void {
    if (!(amount >= 0)) throw new RangeError(`a price of ${amount}`)
    const left = this.#left.value - BigInt(amount)
    this.#left.value = left
    if (left < 0n) throw new Stop("fuel")
    if (left >= this.#tellBelow) return
    this.#tellBelow = left - TELL_EVERY
    this.#tell(this.used)
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
