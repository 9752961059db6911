/** What a run of the interpreter has paid, and how much of that somebody could see. */

export class OutOfFuel extends Error {}

export class Purse {
  readonly #fuel: number
  readonly #isStrict: boolean
  /** Taken from the counter that everybody sees. */
  settled = 0
  /** Paid since then. */
  #unsettled = 0
  /** Units of the operators that ran, each counted when it did. */
  executed = 0

  constructor(fuel: number, isStrict: boolean) {
    this.#fuel = fuel
    this.#isStrict = isStrict
  }

  /** All of it, settled or not. */
  get paid(): number {
    return this.settled + this.#unsettled
  }

  get isOverdrawn(): boolean {
    return this.paid > this.#fuel
  }

  get isSpent(): boolean {
    return this.settled > this.#fuel
  }

  /** A range begins. */
  pay(units: number): void {
    this.#unsettled += units
    if (this.#isStrict) this.check()
  }

  settle(): void {
    this.settled += this.#unsettled
    this.#unsettled = 0
  }

  check(): void {
    this.settle()
    if (this.isSpent) throw new OutOfFuel()
  }

  /** What pays by its size, or the host: settled and checked before anything is done. */
  payNow(units: number): void {
    this.settle()
    this.settled += units
    this.check()
    this.executed += units
  }
}
