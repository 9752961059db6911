/** The accounts of the local chain, what their contracts are told, and further keys and accounts. */
import {
  Account,
  actions,
  type JsonRpcProvider,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
  nearToYocto,
} from "near-api-js"
import type { FirstAccounts, OwnedAccount } from "./genesis.ts"
import type { Machines } from "./machines.ts"
import { send } from "./send.ts"

const SETTLE_METHODS = ["resolve_execution", "submit_execution_output_and_resolve"]
const TERA = 10n ** 12n

export interface Accounts {
  root: Account
  /** Holds the contract, and owns it. */
  outlayer: Account
  /** The sample client contract. */
  caller: Account
  /** Settles, by keys of its workers. */
  operator: Account
  /** Somebody who uses the client contract. */
  alice: Account
  /** Where there are machines. */
  tee: TeeAccounts | undefined
}

export interface TeeAccounts {
  /** Verifies machines, and holds the keys of their workers. */
  register: Account
  /** Registers those keys. */
  init: Account
  /** Publishes the keystore's keys. */
  keystore: Account
}

/** Those of the first block; what the contracts are to know they are told by `setUpContracts`. */
export function openAccounts(
  provider: JsonRpcProvider,
  first: FirstAccounts,
  hasMachines: boolean,
): Accounts {
  const account = (name: keyof FirstAccounts) => open(provider, first[name])
  return {
    root: account("root"),
    outlayer: account("outlayer"),
    caller: account("caller"),
    operator: account("operator"),
    alice: account("alice"),
    tee: hasMachines
      ? { register: account("register"), init: account("init"), keystore: account("keystore") }
      : undefined,
  }
}

export async function setUpContracts(
  { outlayer, caller, operator, tee }: Accounts,
  machines: Machines | undefined,
): Promise<void> {
  await Promise.all([
    initialise(outlayer, "new", {
      owner_id: outlayer.accountId,
      operator_id: operator.accountId,
    }),
    initialise(caller, "init", { outlayer_id: outlayer.accountId }),
    tee &&
      initialise(tee.register, "new", {
        outlayer_contract_id: outlayer.accountId,
        init_account_id: tee.init.accountId,
        test_root_certificate: machines?.rootCertificate,
      }),
  ])
  if (!tee || !machines) return
  await Promise.all([setUpOutlayer(outlayer, tee), setUpRegister(tee, machines)])
}

function setUpOutlayer(outlayer: Account, { register, keystore }: TeeAccounts): Promise<unknown> {
  return send(outlayer, {
    receiverId: outlayer.accountId,
    actions: [
      setting("set_register_contract", { register_contract_id: register.accountId }),
      setting("set_keystore_account", { keystore_account_id: keystore.accountId }),
    ],
  })
}

/** With all that it must know of the machines, and whose keystore it is to take. */
export async function setUpRegister(
  { register, init, keystore }: TeeAccounts,
  machines: Machines,
): Promise<void> {
  const keystore_account_id = keystore.accountId
  const approved = machines.measurements.map((one) =>
    actions.functionCall("add_approved_measurements", one, 30n * TERA, 0n),
  )
  await Promise.all([
    send(register, {
      receiverId: register.accountId,
      actions: [setting("set_keystore_account", { keystore_account_id }), ...approved],
    }),
    send(init, {
      receiverId: register.accountId,
      actions: [
        actions.functionCall(
          "update_collateral",
          machines.collateral,
          300n * TERA,
          nearToYocto("1"),
        ),
      ],
    }),
  ])
}

function setting(method: string, args: object) {
  return actions.functionCall(method, args, 30n * TERA, 0n)
}

/** A new full access key, for a process that must not share one with another. */
export async function addFullKey(account: Account): Promise<KeyPairString> {
  const pair = KeyPair.fromRandom("ed25519")
  const key = actions.addFullAccessKey(pair.getPublicKey())
  await send(account, { receiverId: account.accountId, actions: [key] })
  return pair.toString()
}

/** A new access key of the operator that can settle and nothing else: one for each worker process. */
export async function addWorkerKey({ operator, outlayer }: Accounts): Promise<KeyPairString> {
  const pair = KeyPair.fromRandom("ed25519")
  const key = actions.addFunctionCallAccessKey(
    pair.getPublicKey(),
    outlayer.accountId,
    SETTLE_METHODS,
    nearToYocto("1000"),
  )
  await send(operator, { receiverId: operator.accountId, actions: [key] })
  return pair.toString()
}

/** A sub-account of the root. */
export async function createAccount(
  root: Account,
  provider: JsonRpcProvider,
  name: string,
  near: number,
): Promise<Account> {
  const pair = KeyPair.fromRandom("ed25519")
  const accountId = `${name}.${root.accountId}`
  await send(root, {
    receiverId: accountId,
    actions: [
      actions.createAccount(),
      actions.transfer(nearToYocto(String(near) as `${number}`)),
      actions.addFullAccessKey(pair.getPublicKey()),
    ],
  })
  return open(provider, { accountId, secretKey: pair.toString() })
}

async function initialise(account: Account, method: string, args: object): Promise<void> {
  await send(account, {
    receiverId: account.accountId,
    actions: [setting(method, args)],
  })
}

function open(provider: JsonRpcProvider, { accountId, secretKey }: OwnedAccount): Account {
  return new Account(accountId, provider, KeyPairSigner.fromSecretKey(secretKey))
}
