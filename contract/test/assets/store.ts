/** Arguments and one record of state for each standard, as JSON. */
import { near } from "near-sdk-js"

export function readArguments<T>(): T {
  // Tests call these contracts, and write what they read.
  return JSON.parse(near.input()) as T
}

export interface Store<T> {
  load: () => T
  save: (state: T) => void
}

export function storeOf<T>(key: string): Store<T> {
  return {
    load: () => {
      const text = near.storageRead(key)
      if (text === null) throw new Error(`This contract is no ${key}`)
      return JSON.parse(text) as T
    },
    save: (state) => {
      near.storageWrite(key, JSON.stringify(state))
    },
  }
}

export function answer(value: unknown): void {
  near.valueReturn(JSON.stringify(value))
}

/** What standards ask of a transfer: it proves a full-access key. */
export function requireOneYocto(): void {
  if (near.attachedDeposit() !== 1n) throw new Error("Requires attached deposit of exactly 1 yocto")
}

export function requireCaller(account: string): void {
  if (near.predecessorAccountId() !== account) throw new Error(`Only ${account} may call this`)
}
