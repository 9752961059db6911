const TURNS = 1
const SIMPLE = 2

/**
 * Where a function pays, and how much. Operators are summed over straight ranges; a range is paid where it begins. It ends after
 * an operator that may leave it, and a new one begins behind each label that something branches to.
 *
 * Whether a loop's label is a target is known only at the loop's end. So its body begins a range of its own that points to the one
 * before it, and is added to that one when no branch came.
 */
export class ChargePoints {
  #offsets = new Int32Array(256)
  #units = new Float64Array(256)
  /** The range that an untargeted loop's first range belongs to, or -1. */
  #before = new Int32Array(256)
  /** Of the first range of a loop that something branches to: `TURNS`, or `SIMPLE`. */
  #turns = new Uint8Array(256)
  count = 0
  /** The range that is being summed; -1 in dead code, which is free. */
  current = -1

  start(offset: number): void {
    this.count = 0
    this.current = this.#add(offset, 0, -1)
  }

  get live(): boolean {
    return this.current >= 0
  }

  charge(units: number): void {
    if (this.current >= 0) this.#units[this.current] = this.unitsAt(this.current) + units
  }

  /** A new range begins at `offset`. */
  open(offset: number): void {
    this.current = this.#add(offset, 0, -1)
  }

  die(): void {
    this.current = -1
  }

  /** A loop's body begins at `offset`; returns its range, for `target`. */
  enterLoop(offset: number, units: number): number {
    if (this.current >= 0) this.current = this.#add(offset, units, this.current)
    return this.current
  }

  /** A branch aims at the loop whose body began this range. */
  target(range: number): void {
    if (range < 0) return
    this.#before[range] = -1
    this.#turns[range] = TURNS
  }

  /** Says whether it is so: only what something branches to can be a simple loop. */
  makeSimple(range: number): boolean {
    if (this.#turns[range] !== TURNS) return false
    this.#turns[range] = SIMPLE
    return true
  }

  /** Adds up the ranges that turned out to be one. */
  finish(): void {
    for (let range = this.count - 1; range > 0; range -= 1) {
      const before = this.#before[range] as number
      if (before < 0) continue
      this.#units[before] = this.unitsAt(before) + this.unitsAt(range)
      this.#units[range] = 0
    }
  }

  turnsAt(range: number): boolean {
    return this.#turns[range] !== 0
  }

  isSimpleAt(range: number): boolean {
    return this.#turns[range] === SIMPLE
  }

  offsetAt(range: number): number {
    return this.#offsets[range] as number
  }

  unitsAt(range: number): number {
    return this.#units[range] as number
  }

  #add(offset: number, units: number, before: number): number {
    const range = this.count
    if (range === this.#offsets.length) this.#grow()
    this.#offsets[range] = offset
    this.#units[range] = units
    this.#before[range] = before
    this.#turns[range] = 0
    this.count = range + 1
    return range
  }

  #grow() {
    const size = this.count * 2
    const offsets = new Int32Array(size)
    const units = new Float64Array(size)
    const before = new Int32Array(size)
    const turns = new Uint8Array(size)
    offsets.set(this.#offsets)
    units.set(this.#units)
    before.set(this.#before)
    turns.set(this.#turns)
    this.#offsets = offsets
    this.#units = units
    this.#before = before
    this.#turns = turns
  }
}
