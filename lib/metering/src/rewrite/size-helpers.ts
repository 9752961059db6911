import { bySize, type PriceList, type SizePrice } from "../body/price-list.ts"
import { CodeWriter } from "./code-writer.ts"
import type { OurGlobals } from "./our-globals.ts"

const MEMORY_GROW = 0x40

/** Functions that are appended: each takes the size of what an operator is about to do, pays for it and gives it back. */
export class SizeHelpers {
  readonly #prices: readonly SizePrice[]
  /** The function index of each price's helper, once it is needed. */
  readonly #indices = new Map<string, number>()
  readonly #bodies: Uint8Array[] = []
  readonly #first: number
  readonly #unit: number
  readonly #globals: OurGlobals
  readonly #refusals: number | undefined
  #growth: number | undefined

  /**
   * `first` is the index that the first helper gets, `refusals` that of the global which marks a refused `memory.grow`; where pages
   * are shared, the next one keeps how many were asked for.
   */
  constructor(prices: PriceList, first: number, globals: OurGlobals, refusals: number | undefined) {
    this.#prices = prices.bySize
    this.#unit = prices.unit
    this.#first = first
    this.#globals = globals
    this.#refusals = refusals
  }

  /** The function to call before the operator that stands at `place` in `bySize`. */
  indexFor(place: number): number {
    const price = this.#prices[place]
    if (price === undefined) throw new Error(`no price for operator ${bySize[place]}`)
    const asked = bySize[place] === MEMORY_GROW ? this.#asked : undefined
    const key = JSON.stringify({ ...price, asked })
    const known = this.#indices.get(key)
    if (known !== undefined) return known
    const index = this.#add(this.#writeHelper(price, asked))
    this.#indices.set(key, index)
    return index
  }

  /** The function to call after the operator that stands at `place`, if there is one: it sees the result and gives it back. */
  indexAfter(place: number): number | undefined {
    if (this.#refusals === undefined || bySize[place] !== MEMORY_GROW) return undefined
    this.#growth ??= this.#add(this.#writeMark(this.#refusals))
    return this.#growth
  }

  /** Whether the code refers to the global that marks a refusal. */
  get marksRefusals(): boolean {
    return this.#growth !== undefined
  }

  #add(body: Uint8Array): number {
    return this.#first + this.#bodies.push(body) - 1
  }

  get bodies(): readonly Uint8Array[] {
    return this.#bodies
  }

  /** Where pages are shared: the global that keeps how many the last `memory.grow` took of them. */
  get #asked(): number | undefined {
    const isShared = this.#globals.pages !== undefined && this.#refusals !== undefined
    return isShared ? this.#refusals + 1 : undefined
  }

  #start(): CodeWriter {
    const code = new CodeWriter(64)
    code.globals = this.#globals
    code.u32(0)
    return code
  }

  /** `if (result == -1) { mark = 1; pages += asked }; return result` */
  #writeMark(mark: number): Uint8Array {
    const code = this.#start()
    const { pages } = this.#globals
    code.op(0x20, 0)
    code.i32(-1)
    code.copy(Uint8Array.of(0x46, 0x04, 0x40))
    code.i32(1)
    code.op(0x24, mark)
    if (pages !== undefined && this.#asked !== undefined) {
      code.op(0x23, pages)
      code.op(0x23, this.#asked)
      code.byte(0x6a)
      code.op(0x24, pages)
    }
    code.byte(0x0b)
    code.op(0x20, 0)
    code.byte(0x0b)
    return code.written().slice()
  }

  #writeHelper({ base, times, shift, most }: SizePrice, asked: number | undefined): Uint8Array {
    const code = this.#start()
    const { fuel } = this.#globals
    if (asked !== undefined) {
      code.i32(0)
      code.op(0x24, asked)
    }
    if (most !== undefined) {
      // What cannot succeed is refused by the operator itself.
      code.op(0x20, 0)
      code.i32(most)
      code.byte(0x4b)
      code.copy(Uint8Array.of(0x04, 0x40))
      code.trapWhenSpent(undefined)
      code.copy(Uint8Array.of(0x20, 0x00, 0x0f, 0x0b))
    }
    code.op(0x23, fuel)
    code.op(0x20, 0)
    code.byte(0xad)
    code.i64(times * this.#unit)
    code.byte(0x7e)
    if (shift > 0) {
      code.i64(2 ** shift - 1)
      code.byte(0x7c)
      code.i64(shift)
      code.byte(0x88)
    }
    code.i64(base * this.#unit)
    code.byte(0x7c)
    code.byte(0x7d)
    code.op(0x24, fuel)
    code.trapWhenSpent(undefined)
    if (asked !== undefined) this.#takePages(code, asked)
    code.op(0x20, 0)
    code.byte(0x0b)
    return code.written().slice()
  }

  /** `if (pages < size) return -1; pages -= size; asked = size` */
  #takePages(code: CodeWriter, asked: number): void {
    const { pages = 0 } = this.#globals
    code.op(0x23, pages)
    code.op(0x20, 0)
    code.copy(Uint8Array.of(0x49, 0x04, 0x40))
    code.i32(-1)
    code.copy(Uint8Array.of(0x0f, 0x0b))
    code.op(0x23, pages)
    code.op(0x20, 0)
    code.byte(0x6b)
    code.op(0x24, pages)
    code.op(0x20, 0)
    code.op(0x24, asked)
  }
}
