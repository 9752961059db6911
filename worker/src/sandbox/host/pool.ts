/** Processes that are ready and unused, so that a run does not wait 50 ms for one to start. */
import type { GuestProcess } from "./guest-process.ts"

export class Pool implements AsyncDisposable {
  readonly #start: () => Promise<GuestProcess>
  readonly #size: number
  readonly #ready: GuestProcess[] = []
  /** Started and not gone yet, at work included. */
  readonly #all = new Set<GuestProcess>()
  readonly #starting = new Set<Promise<void>>()
  readonly #waiting: PromiseWithResolvers<GuestProcess>[] = []
  #isClosed = false

  constructor(size: number, start: () => Promise<GuestProcess>) {
    this.#size = size
    this.#start = start
    this.#fill()
  }

  /** A process of the caller's own, to be used up. Rejects when none can be started. */
  take(): Promise<GuestProcess> {
    if (this.#isClosed) return Promise.reject(new Error("the sandbox is closed"))
    const ready = this.#ready.shift()
    if (ready) return Promise.resolve(ready)
    const waiter = Promise.withResolvers<GuestProcess>()
    this.#waiting.push(waiter)
    this.#fill()
    return waiter.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the sandbox is closed"))
    await Promise.all(this.#starting)
    for (const guest of this.#all) guest.kill()
    await Promise.all([...this.#all].map(({ gone }) => gone))
  }

  /**
   * Those at work count: a new process starts when a run has ended, not beside it, unless somebody
   * waits.
   */
  #fill(): void {
    const wanted = Math.max(this.#size - this.#all.size, this.#waiting.length)
    while (!this.#isClosed && this.#starting.size < wanted) this.#startOne()
  }

  #startOne(): void {
    const starting = this.#start().then(
      (guest) => this.#welcome(guest),
      // Not tried again until somebody asks: what fails now would fail in a loop.
      (error) => this.#waiting.shift()?.reject(error),
    )
    const settled = starting.then(() => void this.#starting.delete(settled))
    this.#starting.add(settled)
  }

  #welcome(guest: GuestProcess): void {
    this.#all.add(guest)
    void guest.gone.then(() => this.#bury(guest))
    if (this.#isClosed) return guest.kill()
    const waiter = this.#waiting.shift()
    if (waiter) waiter.resolve(guest)
    else this.#ready.push(guest)
  }

  #bury(guest: GuestProcess): void {
    this.#all.delete(guest)
    const index = this.#ready.indexOf(guest)
    if (index >= 0) this.#ready.splice(index, 1)
    this.#fill()
  }
}
