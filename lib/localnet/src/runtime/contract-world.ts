import { dataKey, yieldIdKey, yieldReceiptKey, yieldStatusKey } from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import type { StorageChange, World } from "../vm/vm.ts"
import type { BlockContext } from "./block-context.ts"
import { derivedId } from "./ids.ts"

/** What one call touches, over the state. `origin` is the action's hash: data ids come from it. */
export function contractWorld(
  state: State,
  accountId: string,
  { height, validators }: BlockContext,
  origin: string,
): World {
  let dataIds = 0n
  return {
    storageGet: (key) => state.get(dataKey(accountId, key)),
    storageHas: (key) => state.get(dataKey(accountId, key)) !== undefined,
    storageSet: (key, value) => {
      const stateKey = dataKey(accountId, key)
      const change = changeOf(state, stateKey)
      state.set(stateKey, value)
      return change
    },
    storageRemove: (key) => {
      const stateKey = dataKey(accountId, key)
      const change = changeOf(state, stateKey)
      if (change.evicted !== undefined) state.remove(stateKey)
      return change
    },
    newDataId: () => Buffer.from(derivedId(origin, height, dataIds++), "hex"),
    isYieldPending: (dataId) =>
      isYieldPending(state, accountId, Buffer.from(dataId).toString("hex")),
    pendingDataId: (yieldId) => {
      const dataId = state.get(yieldIdKey(accountId, Buffer.from(yieldId).toString("hex")))
      return dataId === undefined ? undefined : Buffer.from(dataId, "hex")
    },
    validatorStake: (validator) => validators.get(validator),
    totalStake: () => [...validators.values()].reduce((total, stake) => total + stake, 0n),
  }
}

function isYieldPending(state: State, accountId: string, dataId: string): boolean {
  const isStored = state.get(yieldReceiptKey(accountId, dataId)) !== undefined
  return isStored || state.get(yieldStatusKey(accountId, dataId)) !== undefined
}

function changeOf(state: State, key: string): StorageChange {
  const evicted = state.get<Uint8Array>(key)
  return { evicted, trieNodes: state.nodesTouched(key) }
}
