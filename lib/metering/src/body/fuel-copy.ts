import { type Edits, READ_FUEL, WRITE_FUEL } from "./edits.ts"

/**
 * Where a function's local copy of the counter and the counter itself have to be made equal. The counter must be right wherever
 * somebody may look at it: in calls, behind the function's end, where the price list says so in what may trap. The copy must be right
 * wherever a range begins.
 *
 *     range begins -> copy is newer -> write -> both right -> call -> counter is newer -> read -> both right
 */
export class FuelCopy {
  readonly #edits: Edits
  #state: "copy newer" | "both right" | "counter newer" = "copy newer"

  constructor(edits: Edits) {
    this.#edits = edits
  }

  /** A range begins, and is paid from the copy. */
  beginRange(): void {
    this.#state = "copy newer"
  }

  /** The operator at this offset may show the counter to somebody. */
  show(at: number): void {
    if (this.#state !== "copy newer") return
    this.#edits.add(at, at, WRITE_FUEL, 0)
    this.#state = "both right"
  }

  /** The operator that was shown the counter may have changed it. */
  change(): void {
    this.#state = "counter newer"
  }

  /** Behind the operator at this offset a range begins, here or elsewhere. */
  endRange(at: number): void {
    if (this.#state !== "counter newer") return
    this.#edits.add(at, at, READ_FUEL, 0)
    this.#state = "both right"
  }
}
