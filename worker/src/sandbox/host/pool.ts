/** Processes that are ready and unused, so that a run does not wait 50 ms for one to start. */

/** As much of a process as the pool sees. */
interface Pooled {
  readonly gone: Promise<void>
  kill(): void
}

export class Pool<Process extends Pooled> implements AsyncDisposable {
  readonly #start: () => Promise<Process>
  readonly #size: number
  readonly #ready: Process[] = []
  /** Started and not gone yet, at work included. */
  readonly #all = new Set<Process>()
  readonly #starting = new Set<Promise<void>>()
  readonly #waiting: PromiseWithResolvers<Process>[] = []
  #isClosed = false

  constructor(size: number, start: () => Promise<Process>) {
    this.#size = size
    this.#start = start
    this.#fill()
  }

  /** A process of the caller's own, to be used up. Rejects when none can be started. */
  take(): Promise<Process> {
    if (this.#isClosed) return Promise.reject(new Error("the sandbox is closed"))
    const ready = this.#ready.shift()
    if (ready) return Promise.resolve(ready)
    const waiter = Promise.withResolvers<Process>()
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

  #welcome(guest: Process): void {
    this.#all.add(guest)
    void guest.gone.then(() => this.#bury(guest))
    if (this.#isClosed) return guest.kill()
    const waiter = this.#waiting.shift()
    if (waiter) waiter.resolve(guest)
    else this.#ready.push(guest)
  }

  #bury(guest: Process): void {
    this.#all.delete(guest)
    const index = this.#ready.indexOf(guest)
    if (index >= 0) this.#ready.splice(index, 1)
    this.#fill()
  }
}
