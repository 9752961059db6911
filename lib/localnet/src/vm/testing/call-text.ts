import { createHash } from "node:crypto"
import type { CallContext, CallOutcome, World } from "../vm.ts"
import { callContract, loadContract } from "../vm.ts"
import { wat } from "./wat.ts"

/** Calls a contract that is given as text. */
export async function callText(
  text: string,
  method: string,
  given: { context?: Partial<CallContext>; world?: World } = {},
): Promise<CallOutcome> {
  const contract = loadContract(await wat(text), createHash("sha256").update(text).digest("hex"))
  const context = { ...CONTEXT, ...given.context }
  return callContract(contract, method, context, given.world ?? new MapWorld())
}

const CONTEXT: CallContext = {
  currentAccountId: "contract.test",
  signerAccountId: "signer.test",
  signerPublicKey: new Uint8Array(33),
  predecessorAccountId: "caller.test",
  refundToAccountId: "caller.test",
  input: new Uint8Array(0),
  promiseResults: [],
  blockHeight: 100n,
  blockTimestamp: 1_000_000_000n,
  epochHeight: 1n,
  accountBalance: 10n ** 24n,
  accountLockedBalance: 0n,
  attachedDeposit: 0n,
  storageUsage: 1000n,
  prepaidGas: 100_000_000_000_000n,
  randomSeed: new Uint8Array(32),
  isView: false,
  accountContract: { kind: "none" },
  outputDataReceivers: [],
  chainId: "test",
}

/** A host whose writes touch no trie node. */
export class MapWorld implements World {
  readonly storage = new Map<string, Uint8Array>()
  /** Hex. */
  readonly pending = new Set<string>()
  #dataIds = 0

  storageGet(key: Uint8Array) {
    return this.storage.get(hex(key))
  }

  storageHas(key: Uint8Array) {
    return this.storage.has(hex(key))
  }

  storageSet(key: Uint8Array, value: Uint8Array) {
    const evicted = this.storageGet(key)
    this.storage.set(hex(key), value)
    return { evicted, trieNodes: 0 }
  }

  storageRemove(key: Uint8Array) {
    const evicted = this.storageGet(key)
    this.storage.delete(hex(key))
    return { evicted, trieNodes: 0 }
  }

  newDataId() {
    this.#dataIds += 1
    return new Uint8Array(32).fill(this.#dataIds)
  }

  isYieldPending(dataId: Uint8Array) {
    return this.pending.has(hex(dataId))
  }

  pendingDataId() {
    return undefined
  }

  validatorStake() {
    return undefined
  }

  totalStake() {
    return 0n
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
