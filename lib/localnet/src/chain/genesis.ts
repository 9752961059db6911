import { MIN_GAS_PRICE } from "../parameters.ts"
import { accountKey } from "../state/state-key.ts"
import { State } from "../state/state.ts"
import { accessKeyRecord, putRecord, recountStorage, type StateRecord } from "./records.ts"

/** What of a `genesis.json` this chain heeds. */
export interface Genesis {
  chain_id: string
  genesis_time: string
  genesis_height: number
  epoch_length: number
  /** Blocks after which the block that a transaction names is too old. */
  transaction_validity_period: number
  min_gas_price: string
  validators: { account_id: string; public_key: string; amount: string }[]
  records: StateRecord[]
}

export interface NewGenesis {
  chainId: string
  epochLength: number
  rootAccountId: string
  /** `ed25519:...` */
  rootPublicKey: string
  time: Date
}

const NEAR = 10n ** 24n
const STAKE = 50_000n * NEAR
const ROOT_BALANCE = 1_000_000_000n * NEAR

/** The root, which validates; `near` and `registrar` belong to its key too. */
export function newGenesis(options: NewGenesis): Genesis {
  const { rootAccountId, rootPublicKey } = options
  const validator = { account_id: rootAccountId, public_key: rootPublicKey, amount: String(STAKE) }
  return {
    chain_id: options.chainId,
    genesis_time: options.time.toISOString(),
    genesis_height: 0,
    epoch_length: options.epochLength,
    transaction_validity_period: 86_400,
    min_gas_price: String(MIN_GAS_PRICE),
    validators: [validator],
    records: [
      ...accountRecords(rootAccountId, rootPublicKey, STAKE),
      ...accountRecords("near", rootPublicKey, 0n),
      ...accountRecords("registrar", rootPublicKey, 0n),
    ],
  }
}

function accountRecords(account_id: string, public_key: string, locked: bigint): StateRecord[] {
  const account = {
    amount: String(ROOT_BALANCE),
    locked: String(locked),
    code_hash: "11111111111111111111111111111111",
    storage_usage: 0,
    version: "V1",
  }
  const access_key = accessKeyRecord({ nonce: 0n, permission: { kind: "full_access" } })
  return [
    { Account: { account_id, account } },
    { AccessKey: { account_id, public_key, access_key } },
  ]
}

export function genesisState({ records }: Genesis): { state: State; totalSupply: bigint } {
  const state = new State(undefined)
  for (const record of records) putRecord(state, record)
  let totalSupply = 0n
  for (const record of records) {
    if (!("Account" in record)) continue
    const id = record.Account.account_id
    recountStorage(state, id)
    const account = state.get(accountKey(id))
    totalSupply += (account?.amount ?? 0n) + (account?.locked ?? 0n)
  }
  return { state, totalSupply }
}
