import { type Trie, trieEntries, trieGet, trieNodesTouched, trieRemove, trieSet } from "./trie.ts"
import type { StateKey } from "./state-key.ts"

/** Why something changed, in the words of the RPC's `StateChangeCauseView`. */
export type ChangeCause =
  | { type: "initial_state" }
  | { type: "transaction_processing"; tx_hash: string }
  | { type: "receipt_processing"; receipt_hash: string }
  | { type: "action_receipt_gas_reward"; receipt_hash: string }
  | { type: "migration" }

/** `value` undefined: removed. */
export interface StateChange {
  key: string
  value: unknown
  cause: ChangeCause
}

export interface Mark {
  root: Trie
  changeCount: number
}

/**
 * The state while one block is applied. Values are never changed in place. A receipt that fails goes back to its
 * mark.
 */
export class State {
  cause: ChangeCause = { type: "initial_state" }
  readonly #atStart: Trie
  /** How often this block has changed a key. */
  readonly #writes = new Map<string, number>()
  readonly #changes: StateChange[] = []
  #root: Trie

  constructor(root: Trie) {
    this.#atStart = root
    this.#root = root
  }

  get root(): Trie {
    return this.#root
  }

  get changes(): readonly StateChange[] {
    return this.#changes
  }

  get<Value>(key: StateKey<Value>): Value | undefined {
    return trieGet(this.#root, key) as Value | undefined
  }

  set<Value>(key: StateKey<Value>, value: Value): void {
    this.#root = trieSet(this.#root, key, value)
    this.#note(key, value)
  }

  remove(key: StateKey<unknown>): void {
    this.#root = trieRemove(this.#root, key)
    this.#note(key, undefined)
  }

  /** Keys and values below a prefix, in order. */
  entries(prefix: string): Generator<[key: string, value: unknown]> {
    return trieEntries(this.#root, prefix)
  }

  /** Counted in the trie as it was when the chunk began, and nothing for a key written since. */
  nodesTouched(key: string): number {
    if (this.#writes.has(key)) return 0
    return trieNodesTouched(this.#atStart, key)
  }

  mark(): Mark {
    return { root: this.#root, changeCount: this.#changes.length }
  }

  reset(mark: Mark): void {
    this.#root = mark.root
    for (const { key } of this.#changes.splice(mark.changeCount)) {
      const left = (this.#writes.get(key) ?? 1) - 1
      if (left === 0) this.#writes.delete(key)
      else this.#writes.set(key, left)
    }
  }

  #note(key: string, value: unknown): void {
    this.#writes.set(key, (this.#writes.get(key) ?? 0) + 1)
    this.#changes.push({ key, value, cause: this.cause })
  }
}
