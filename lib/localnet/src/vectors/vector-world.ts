import { createHash } from "node:crypto"
import type { StorageChange, World } from "../vm/vm.ts"
import { contextOf, type VectorCase, type VectorFile } from "./vector-file.ts"

/** The recorder's host: a map, and data ids that are hashes of a counter. */
export class VectorWorld implements World {
  /** Hex to bytes. */
  readonly storage: Map<string, Uint8Array>
  readonly #context: ReturnType<typeof contextOf>
  #dataIds = 0n

  constructor(file: VectorFile, vector: VectorCase) {
    this.#context = contextOf(file, vector)
    const records = Object.entries(vector.storage_before ?? {})
    this.storage = new Map(records.map(([key, value]) => [key, Buffer.from(value, "hex")]))
  }

  storageGet(key: Uint8Array): Uint8Array | undefined {
    return this.storage.get(hex(key))
  }

  storageHas(key: Uint8Array): boolean {
    return this.storage.has(hex(key))
  }

  storageSet(key: Uint8Array, value: Uint8Array): StorageChange {
    const evicted = this.storageGet(key)
    this.storage.set(hex(key), value)
    return { evicted, trieNodes: this.#context.trie_nodes_per_write }
  }

  storageRemove(key: Uint8Array): StorageChange {
    const evicted = this.storageGet(key)
    this.storage.delete(hex(key))
    return { evicted, trieNodes: this.#context.trie_nodes_per_write }
  }

  newDataId(): Uint8Array {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64LE(this.#dataIds)
    this.#dataIds += 1n
    return createHash("sha256").update(counter).digest()
  }

  isYieldPending(dataId: Uint8Array): boolean {
    const { pending_data_ids, pending_yield_ids } = this.#context
    return [...pending_data_ids, ...Object.values(pending_yield_ids)].includes(hex(dataId))
  }

  pendingDataId(yieldId: Uint8Array): Uint8Array | undefined {
    const dataId = this.#context.pending_yield_ids[hex(yieldId)]
    return dataId === undefined ? undefined : Buffer.from(dataId, "hex")
  }

  validatorStake(accountId: string): bigint | undefined {
    const stake = this.#context.validators[accountId]
    return stake === undefined ? undefined : BigInt(stake)
  }

  totalStake(): bigint {
    return Object.values(this.#context.validators).reduce((sum, stake) => sum + BigInt(stake), 0n)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
