/** What only the owner may do, and who may stop a worker. */
import { loadAccount, saveAccount } from "./accounts.ts"
import { isAbsent, readAccountId, readAmount, readArguments } from "./arguments.ts"
import { requireTestChain } from "./collateral.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { findKey } from "./keys.ts"
import { readPublicKey } from "./public-key.ts"
import { retireKeys } from "./retire.ts"
import { newState, type State } from "./state.ts"

/** A stake pays for the storage of whatever its owner may enter here. */
const LEAST_MINIMUM = 2n * 10n ** 24n

export function create(host: Host, args: unknown): State {
  const fields = readArguments(args, [
    "owner_id",
    "outlayer_contract_id",
    "init_account_id",
    "test_root_certificate",
  ])
  const account = (name: string, otherwise: string) =>
    isAbsent(fields[name]) ? otherwise : readAccountId(fields[name], name)
  const state = newState(account("owner_id", host.predecessor()))
  state.initAccount = account("init_account_id", state.owner)
  if (!isAbsent(fields["outlayer_contract_id"]))
    state.outlayer = account("outlayer_contract_id", "")
  if (!isAbsent(fields["test_root_certificate"])) {
    requireTestChain(host)
    const root = fields["test_root_certificate"]
    if (typeof root !== "string" || root.length > 4096 || !host.decodeBase64(root)) {
      throw new Error("test_root_certificate must be a certificate in base64")
    }
    state.testRoot = root
  }
  return state
}

export function requireOwner(state: State, host: Host): void {
  if (host.predecessor() !== state.owner) throw new Error("Only owner can call this method")
}

export function setOwner(state: State, args: unknown): void {
  state.owner = readOnlyAccount(args, "new_owner_id")
}

export function setInitAccount(state: State, args: unknown): void {
  state.initAccount = readOnlyAccount(args, "init_account_id")
}

export function setKeystoreAccount(state: State, args: unknown): void {
  state.keystoreAccount = readOnlyAccount(args, "keystore_account_id")
}

export function setArbiter(state: State, args: unknown): void {
  state.arbiter = readOnlyAccount(args, "arbiter_id")
}

/** Access keys name the contract that they may call: with one of them live, it stays. */
export function setOutlayerContract(state: State, args: unknown): void {
  const outlayer = readOnlyAccount(args, "outlayer_contract_id")
  if (outlayer !== state.outlayer && state.allowances > 0n) {
    throw new Error("Keys are live for the contract that there is: deactivate their workers first")
  }
  state.outlayer = outlayer
}

/** Who then has too little is inactive at once; tidy_keys takes the access keys. */
export function setMinimumStake(state: State, args: unknown): void {
  const name = "minimum_stake"
  const amount = readAmount(readArguments(args, [name])[name], name)
  if (amount < LEAST_MINIMUM) throw new Error(`${name} must be at least ${LEAST_MINIMUM} yoctoNEAR`)
  state.minimumStake = amount
}

/** `{public_key}` ends one key, `{account_id}` all of an account: by itself, or by the owner, who bars it. */
export function deactivateWorker(state: State, host: Host, args: unknown): void {
  const fields = readArguments(args, ["account_id", "public_key"])
  const caller = host.predecessor()
  const isOwner = caller === state.owner
  const refuseOthers = (account: string) => {
    if (!isOwner && caller !== account) throw new Error(`Only owner or ${account} can call this`)
  }
  if (!isAbsent(fields["public_key"])) {
    const { text } = readPublicKey(fields["public_key"], "public_key")
    const record = findKey(host, text)
    if (!record) throw new Error(`${text} is not registered`)
    refuseOthers(record.account)
    retireKeys(state, host, [text], "deactivated")
    return
  }
  const id = isAbsent(fields["account_id"])
    ? caller
    : readAccountId(fields["account_id"], "account")
  refuseOthers(id)
  const account = loadAccount(host, id)
  if (isOwner) saveAccount(host, id, { ...account, isDeactivated: true })
  retireKeys(state, host, account.keys, "deactivated")
  logEvent(host, "worker_deactivated", { account_id: id, by: caller })
}

export function activateWorker(host: Host, args: unknown): void {
  const id = readOnlyAccount(args, "account_id")
  saveAccount(host, id, { ...loadAccount(host, id), isDeactivated: false })
  logEvent(host, "worker_activated", { account_id: id })
}

function readOnlyAccount(args: unknown, name: string): string {
  return readAccountId(readArguments(args, [name])[name], name)
}
