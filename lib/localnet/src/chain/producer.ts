import type { Chain } from "./chain.ts"

export interface ProductionOptions {
  /** Between blocks. */
  blockMs: number
  /** A block at once when there is work, at most one every 10 ms. */
  instant: boolean
  /** A fault of ours: the chain can go no further. */
  onFault: (error: unknown) => void
}

const INSTANT_MS = 10

/** Makes blocks by the clock, and when instant by the work. */
export class Producer implements Disposable {
  readonly #chain: Chain
  readonly #options: ProductionOptions
  readonly #stopListening: () => void
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0
  #lastAt = 0

  constructor(chain: Chain, options: ProductionOptions) {
    this.#chain = chain
    this.#options = options
    this.#stopListening = chain.listen(() => this.#plan())
    this.#lastAt = performance.now()
    this.#plan()
  }

  [Symbol.dispose](): void {
    this.#stopListening()
    clearTimeout(this.#timer)
  }

  #plan(): void {
    const { instant, blockMs } = this.#options
    const pause = instant && this.#chain.hasWork ? INSTANT_MS : blockMs
    const dueAt = this.#lastAt + pause
    if (this.#timer !== undefined && dueAt >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => this.#produce(), Math.max(0, dueAt - performance.now()))
  }

  #produce(): void {
    this.#timer = undefined
    this.#lastAt = performance.now()
    try {
      this.#chain.produce()
    } catch (error) {
      this.#options.onFault(error)
      return
    }
    this.#plan()
  }
}
