/** What a component holds handles of. */
import { HostTrap } from "../stop.guest.ts"

/** Of all kinds together. No program needs near as many, and each is an object of ours. */
const MAX_LIVE = 4096

/** How many a guest holds: it is ended for more, since not every call that makes one can fail. */
export class Live {
  #count = 0

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
 * it: `isReal` tells.
 */
export class Resource {
  readonly #live: Live

  constructor(live: Live) {
    live.add()
    this.#live = live
  }

  static isReal(value: object): boolean {
    return #live in value
  }

  /** When the guest drops its handle. */
  [Symbol.dispose](): void {
    this.#live.remove()
  }
}
