// For tests: one call of a contract on localnet's VM, with NEAR's limits and prices, in a world of its own.
import { createHash } from "node:crypto"
import {
  callContract,
  type CallContext,
  type CallOutcome,
  loadContract,
  type World,
} from "@outlayer/localnet/vm"

export interface Called {
  readonly returned: Uint8Array | undefined
  readonly logs: readonly string[]
  /** As nodes show it. */
  readonly error: string | undefined
  readonly burntGas: number
  readonly receipts: CallOutcome["receipts"]
  readonly resumes: CallOutcome["resumes"]
}

export function callOnVm(
  wasm: Uint8Array,
  method: string,
  input: Uint8Array | string = "",
  given: Partial<CallContext> = {},
): Called {
  const contract = loadContract(wasm, createHash("sha256").update(wasm).digest("hex"))
  const context = { ...plainCall, input: new Uint8Array(Buffer.from(input)), ...given }
  const outcome = callContract(contract, method, context, emptyWorld())
  const { returned, logs, error, burntGas, receipts, resumes } = outcome
  return {
    receipts,
    resumes,
    returned: returned.kind === "value" ? returned.value : undefined,
    logs,
    error: error?.message,
    burntGas: Number(burntGas),
  }
}

const plainCall: CallContext = {
  currentAccountId: "contract.near",
  signerAccountId: "signer.near",
  signerPublicKey: new Uint8Array(33),
  predecessorAccountId: "caller.near",
  refundToAccountId: "caller.near",
  input: new Uint8Array(),
  promiseResults: [],
  blockHeight: 1000n,
  blockTimestamp: 1_700_000_000_000_000_000n,
  epochHeight: 1n,
  accountBalance: 10n ** 25n,
  accountLockedBalance: 0n,
  attachedDeposit: 0n,
  storageUsage: 1_000_000n,
  prepaidGas: 1_000_000_000_000_000n,
  randomSeed: new Uint8Array(32),
  isView: false,
  accountContract: { kind: "none" },
  outputDataReceivers: [],
  chainId: "localnet",
}

function emptyWorld(): World {
  const storage = new Map<string, Uint8Array>()
  const nameOf = (key: Uint8Array) => Buffer.from(key).toString("hex")
  return {
    storageGet: (key) => storage.get(nameOf(key)),
    storageHas: (key) => storage.has(nameOf(key)),
    storageSet(key, value) {
      const evicted = storage.get(nameOf(key))
      storage.set(nameOf(key), value)
      return { evicted, trieNodes: 0 }
    },
    storageRemove(key) {
      const evicted = storage.get(nameOf(key))
      storage.delete(nameOf(key))
      return { evicted, trieNodes: 0 }
    },
    newDataId: () => new Uint8Array(32).fill(7),
    isYieldPending: () => true,
    pendingDataId: () => undefined,
    validatorStake: () => undefined,
    totalStake: () => 0n,
  }
}
