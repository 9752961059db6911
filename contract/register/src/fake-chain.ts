/** The built contract on localnet's VM, with a storage that lasts: NEAR's prices, and no network. For tests. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import {
  type CallContext,
  callContract,
  type CallOutcome,
  type LoadedContract,
  loadContract,
  type World,
} from "@outlayer/localnet/vm"

export interface Called {
  /** Parsed. */
  returned: unknown
  /** The panic's message, without its stack. */
  error: string | undefined
  tgas: number
  receipts: CallOutcome["receipts"]
}

export class FakeChain {
  timeSeconds = 1_792_000_000
  chainId = "localnet"
  storage = new Map<string, Uint8Array>()
  readonly #contract: LoadedContract

  constructor() {
    const path = fileURLToPath(new URL("../../res/register_contract.wasm", import.meta.url))
    const wasm = new Uint8Array(readFileSync(path))
    this.#contract = loadContract(wasm, createHash("sha256").update(wasm).digest("hex"))
  }

  /** A call that fails leaves the storage as it was. */
  call(method: string, args: unknown, more: Partial<CallContext> = {}): Called {
    const before = new Map(this.storage)
    const outcome = callContract(this.#contract, method, this.#context(args, more), this.#world())
    const { returned, error, burntGas, receipts } = outcome
    if (error) this.storage = before
    return {
      returned: returned.kind === "value" ? JSON.parse(textOf(returned.value)) : undefined,
      error: error?.message.replace("Smart contract panicked: ", "").split("\n    at ")[0],
      tgas: Number(burntGas) / 1e12,
      receipts,
    }
  }

  #context(args: unknown, more: Partial<CallContext>): CallContext {
    return {
      currentAccountId: "register.near",
      signerAccountId: "owner.near",
      signerPublicKey: new Uint8Array(33),
      predecessorAccountId: "owner.near",
      refundToAccountId: "owner.near",
      input: new Uint8Array(Buffer.from(JSON.stringify(args))),
      promiseResults: [],
      blockHeight: 1000n,
      blockTimestamp: BigInt(this.timeSeconds) * 1_000_000_000n,
      epochHeight: 1n,
      accountBalance: 10n ** 26n,
      accountLockedBalance: 0n,
      attachedDeposit: 0n,
      storageUsage: 1_000_000n,
      prepaidGas: 300n * 10n ** 12n,
      randomSeed: new Uint8Array(32),
      isView: false,
      accountContract: { kind: "none" },
      outputDataReceivers: [],
      chainId: this.chainId,
      ...more,
    }
  }

  #world(): World {
    const { storage } = this
    const nameOf = (key: Uint8Array) => Buffer.from(key).toString("latin1")
    return {
      storageGet: (key) => storage.get(nameOf(key)),
      storageHas: (key) => storage.has(nameOf(key)),
      storageSet(key, value) {
        const evicted = storage.get(nameOf(key))
        storage.set(nameOf(key), value)
        return { evicted, trieNodes: TRIE_NODES }
      },
      storageRemove(key) {
        const evicted = storage.get(nameOf(key))
        storage.delete(nameOf(key))
        return { evicted, trieNodes: TRIE_NODES }
      },
      newDataId: () => new Uint8Array(32).fill(7),
      isYieldPending: () => false,
      pendingDataId: () => undefined,
      validatorStake: () => undefined,
      totalStake: () => 0n,
    }
  }
}

/** What a write touches in the trie of a large shard, about; 2.28 Ggas each. */
const TRIE_NODES = 12

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()
