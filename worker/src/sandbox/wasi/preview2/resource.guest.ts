/** What a component holds handles of. */
import type { Fuel } from "../fuel.guest.ts"
import { HostTrap } from "../stop.guest.ts"

/** Of all kinds together. No program needs near as many, and each is an object of ours. */
const MAX_LIVE = 4096

/** How many a guest holds: it is ended for more, since not every call that makes one can fail. */
export class Live {
  /** That guest's. */
  readonly fuel: Fuel
  /** While a host function works: what it passes on to others of ours is not the guest's gift. */
  isServing = false
  #count = 0

  constructor(fuel: Fuel) {
    this.fuel = fuel
  }

  add(): void {
    if (this.#count === MAX_LIVE) throw new HostTrap("too many resources")
    this.#count += 1
  }

  remove(): void {
    this.#count -= 1
  }
}

/**
 * Glue that is given a handle of nothing makes an object of the right class and never constructs
 * it: `isReal` tells, and of what is gone.
 */
export class Resource {
  readonly #live: Live
  #isGone = false

  constructor(live: Live) {
    live.add()
    this.#live = live
  }

  static isReal(value: object): boolean {
    return #live in value && !value.#isGone
  }

  /** Only of one that is real. */
  static liveOf(value: Resource): Live {
    return value.#live
  }

  /**
   * When the guest drops its handle, or gives it away. Once: who says that it lends what WASI takes
   * from it has a handle still.
   */
  [Symbol.dispose](): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#live.remove()
  }
}
