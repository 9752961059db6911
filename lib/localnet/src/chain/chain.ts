import { applyBlock } from "../runtime/apply-block.ts"
import type { BlockContext } from "../runtime/block-context.ts"
import { chargeTransaction, transactionError } from "../runtime/charge-transaction.ts"
import { State } from "../state/state.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"
import type { Block, LiveBlock } from "./block.ts"
import type { ChainStore } from "./chain-store.ts"
import { digest, epochIds } from "./epoch.ts"
import { firstBlock } from "./first-block.ts"
import type { Genesis } from "./genesis.ts"
import { History } from "./history.ts"
import { Mempool } from "./mempool.ts"
import { nextGasPrice } from "./next-gas-price.ts"
import { putRecord, type StateRecord } from "./records.ts"
import { supplyOf } from "./supply.ts"

export interface ChainOptions {
  genesis: Genesis
  yieldTimeoutBlocks: number
  /** Blocks until one is final: 2, or 0 where each is final at once. */
  finalityLag: number
  /** Milliseconds since 1970. */
  now: () => number
}

const TRANSACTIONS_PER_BLOCK = 1_000
const NANOSECONDS = 1_000_000n

/** The state machine: no clock ticks in here, `produce` makes the next block. */
export class Chain {
  readonly options: ChainOptions
  readonly history: History
  readonly #mempool = new Mempool()
  readonly #validators: ReadonlyMap<string, bigint>
  readonly #listeners = new Set<() => void>()
  #patches: StateRecord[] = []
  #skippedBlocks = 0
  #skippedMs = 0

  constructor(options: ChainOptions, store?: ChainStore) {
    this.options = options
    const { validators } = options.genesis
    this.#validators = new Map(validators.map((v) => [v.account_id, BigInt(v.amount)]))
    const head = store?.load() ?? firstBlock(options.genesis)
    this.history = new History(head, store)
    const ahead = Number(head.timestamp / NANOSECONDS) - options.now()
    this.#skippedMs = Math.max(0, ahead)
  }

  get head(): LiveBlock {
    return this.history.head
  }

  /** Whether a block would do more than pass time. */
  get hasWork(): boolean {
    const { outgoing, delayed } = this.head.applied
    const waiting = this.#mempool.size + outgoing.length + delayed.length + this.#patches.length
    return waiting > 0 || this.#skippedBlocks > 0
  }

  /** The highest block that is `lag` or more blocks old. */
  finalBlock(lag = this.options.finalityLag): LiveBlock {
    let block = this.head
    for (let step = 0; step < lag; step++) {
      const before = this.history.live(block.prevHash)
      if (before === undefined) break
      block = before
    }
    return block
  }

  /** An `InvalidTxError` as JSON, or undefined: then a block will have it. */
  submit(transaction: SignedTransaction): { error: unknown } | undefined {
    const { hash } = transaction
    if (this.isKnown(hash)) return undefined
    const refusal = transactionError(transaction) ?? this.#expired(transaction)
    if (refusal !== undefined) return refusal
    const { height, gasPrice, root } = this.head
    const next = { height: height + 1, gasPrice }
    const charged = chargeTransaction(new State(root), transaction, next)
    if ("error" in charged) return charged
    this.#mempool.add(transaction)
    this.#tell()
    return undefined
  }

  isKnown(hash: string): boolean {
    return this.#mempool.has(hash) || this.history.place(hash) !== undefined
  }

  waitingTransaction(hash: string): SignedTransaction | undefined {
    return this.#mempool.get(hash)
  }

  /** For the next block. Throws RecordError. For tests only: no real network has it. */
  patch(records: readonly StateRecord[]): void {
    const trial = new State(this.head.root)
    for (const record of records) putRecord(trial, record)
    this.#patches.push(...records)
    this.#tell()
  }

  /** The next block is the `blocks`-th from here, in height and time. For tests only. */
  skip(blocks: number, msPerBlock: number): void {
    this.#skippedBlocks += blocks
    this.#skippedMs += blocks * msPerBlock
    this.#tell()
  }

  /** Called when there is work, and after each block. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  produce(): Block {
    const { head } = this
    const context = this.#nextContext(head)
    const state = new State(head.root)
    const patched = this.#applyPatches(state)
    const work = {
      transactions: this.#takeTransactions(),
      delayed: head.applied.delayed,
      incoming: head.applied.outgoing,
    }
    const applied = applyBlock(state, work, context)
    const { height, timestamp, epochHeight } = context
    const facts = {
      height,
      prevHash: head.hash,
      prevHeight: head.height,
      ordinal: head.ordinal + 1,
      timestamp,
      epochHeight,
      ...epochIds(epochHeight),
      gasPrice: nextGasPrice(head.gasPrice, applied.gasUsed, this.#minGasPrice),
      totalSupply: head.totalSupply + patched - applied.supplyBurnt,
      randomValue: Buffer.from(context.randomValue).toString("hex"),
    }
    const outcomes = [...applied.transactions, ...applied.receipts].map(({ outcome }) => outcome.id)
    const stateHash = digest(head.stateHash, height, state.changes.length, ...outcomes)
    const hash = digest(stateHash, head.hash, timestamp, facts.gasPrice, facts.totalSupply)
    const { incoming } = work
    const block = { ...facts, hash, stateHash, incoming, applied, changes: state.changes }
    this.history.add({ ...block, root: state.root })
    this.#skippedBlocks = 0
    this.#patches = []
    this.#tell()
    return block
  }

  /** What a call at the tip may know of its block; views use it too. */
  contextOf(block: Block): BlockContext {
    return this.#context(block.height, block.timestamp, Buffer.from(block.stateHash, "hex"), block)
  }

  get #minGasPrice(): bigint {
    return BigInt(this.options.genesis.min_gas_price)
  }

  #nextContext(head: Block): BlockContext {
    const clock = BigInt(this.options.now() + this.#skippedMs) * NANOSECONDS
    const timestamp = clock > head.timestamp ? clock : head.timestamp + 1n
    const height = head.height + Math.max(1, this.#skippedBlocks)
    const random = Buffer.from(digest("random", head.randomValue, head.hash), "hex")
    return this.#context(height, timestamp, random, head)
  }

  #context(
    height: number,
    timestamp: bigint,
    randomValue: Uint8Array,
    priced: Block,
  ): BlockContext {
    const { chain_id: chainId, epoch_length: epochLength, genesis_height } = this.options.genesis
    return {
      height,
      timestamp,
      epochHeight: 1 + Math.floor((height - genesis_height) / epochLength),
      gasPrice: priced.gasPrice,
      randomValue,
      chainId,
      yieldTimeoutBlocks: this.options.yieldTimeoutBlocks,
      validators: this.#validators,
    }
  }

  #takeTransactions(): SignedTransaction[] {
    return this.#mempool
      .take(TRANSACTIONS_PER_BLOCK)
      .filter(({ hash }) => this.history.place(hash) === undefined)
  }

  #applyPatches(state: State): bigint {
    if (this.#patches.length === 0) return 0n
    const before = supplyOf(state)
    state.cause = { type: "migration" }
    for (const record of this.#patches) putRecord(state, record)
    return supplyOf(state) - before
  }

  /** The block that a transaction names must be known and young. */
  #expired({ blockHash }: SignedTransaction): { error: unknown } | undefined {
    const height = this.history.heightOf(blockHash)
    const oldest = this.head.height - this.options.genesis.transaction_validity_period
    return height === undefined || height < oldest ? { error: "Expired" } : undefined
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
