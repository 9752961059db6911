import type { ExecutedTransaction } from "../runtime/apply-block.ts"
import type { ExecutedReceipt } from "../runtime/outcome.ts"
import { type Block, idsOf, type LiveBlock } from "./block.ts"
import type { ChainStore } from "./chain-store.ts"

/** Blocks whose state can be read, as a node that collects garbage keeps some epochs. */
const LIVE_BLOCKS = 5_000

/** Blocks by height and hash, and where transactions and receipts were done. What memory has lost the store still has. */
export class History {
  readonly #store: ChainStore | undefined
  readonly #byHeight = new Map<number, LiveBlock>()
  readonly #byHash = new Map<string, LiveBlock>()
  readonly #places = new Map<string, number>()
  #head: LiveBlock

  constructor(head: LiveBlock, store: ChainStore | undefined) {
    this.#store = store
    this.#head = head
    this.add(head)
  }

  get head(): LiveBlock {
    return this.#head
  }

  get firstHeight(): number {
    const [first] = this.#byHeight.keys()
    return this.#store?.firstHeight() ?? first ?? this.#head.height
  }

  add(block: LiveBlock): void {
    this.#head = block
    this.#byHeight.set(block.height, block)
    this.#byHash.set(block.hash, block)
    for (const id of idsOf(block)) this.#places.set(id, block.height)
    this.#store?.save(block)
    const [oldest] = this.#byHeight.values()
    if (this.#byHeight.size > LIVE_BLOCKS && oldest !== undefined) this.#forget(oldest)
  }

  /** By hash or height; undefined when it is not there, or too old to have its state. */
  live(id: string | number): LiveBlock | undefined {
    return typeof id === "number" ? this.#byHeight.get(id) : this.#byHash.get(id)
  }

  /** Without its state where it is old. */
  block(id: string | number): Block | undefined {
    return this.live(id) ?? this.#store?.block(id)
  }

  heightOf(hash: string): number | undefined {
    return this.#byHash.get(hash)?.height ?? this.#store?.heightOfBlock(hash)
  }

  /** The height at which a transaction or a receipt was done. */
  place(id: string): number | undefined {
    return this.#places.get(id) ?? this.#store?.place(id)
  }

  transaction(hash: string): { block: Block; done: ExecutedTransaction } | undefined {
    const block = this.#blockOf(hash)
    const done = block?.applied.transactions.find(({ outcome }) => outcome.id === hash)
    return block && done && { block, done }
  }

  receipt(id: string): { block: Block; done: ExecutedReceipt } | undefined {
    const block = this.#blockOf(id)
    const done = block?.applied.receipts.find(({ outcome }) => outcome.id === id)
    return block && done && { block, done }
  }

  #blockOf(id: string): Block | undefined {
    const height = this.place(id)
    return height === undefined ? undefined : this.block(height)
  }

  #forget(block: LiveBlock): void {
    this.#byHeight.delete(block.height)
    this.#byHash.delete(block.hash)
    for (const id of idsOf(block)) this.#places.delete(id)
  }
}
