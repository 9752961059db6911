/** The accounts of the local chain: made, funded and given their contracts. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import {
  Account,
  actions,
  type JsonRpcProvider,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
  nearToYocto,
} from "near-api-js"

import type { Machines } from "./machines.ts"

const CONTRACTS = fileURLToPath(new URL("../../../contract/res/", import.meta.url))
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

export async function createAccounts(
  provider: JsonRpcProvider,
  root: { accountId: string; secretKey: string },
  machines: Machines | undefined,
): Promise<Accounts> {
  const rootAccount = open(provider, root.accountId, root.secretKey)
  const create = (name: string, near: number) => createAccount(rootAccount, provider, name, near)
  const accounts = {
    root: rootAccount,
    outlayer: await create("outlayer", 1_000),
    caller: await create("caller", 1_000),
    operator: await create("operator", 10_000),
    alice: await create("alice", 10_000),
    tee: machines && {
      register: await create("register", 1_000),
      init: await create("init", 10_000),
      keystore: await create("keystore", 1_000),
    },
  }
  await Promise.all([
    deploy(accounts.outlayer, "outlayer_contract.wasm", "new", {
      owner_id: accounts.outlayer.accountId,
      operator_id: accounts.operator.accountId,
    }),
    deploy(accounts.caller, "caller_contract.wasm", "init", {
      outlayer_id: accounts.outlayer.accountId,
    }),
  ])
  if (accounts.tee && machines) await deployRegister(accounts.outlayer, accounts.tee, machines)
  return accounts
}

/** With all that the contracts must know of each other, and of the machines. */
async function deployRegister(
  outlayer: Account,
  { register, init, keystore }: TeeAccounts,
  machines: Machines,
): Promise<void> {
  await deploy(register, "register_contract.wasm", "new", {
    outlayer_contract_id: outlayer.accountId,
    init_account_id: init.accountId,
    test_root_certificate: machines.rootCertificate,
  })
  const keystore_account_id = keystore.accountId
  const approved = machines.measurements.map((one) =>
    actions.functionCall("add_approved_measurements", one, 30n * TERA, 0n),
  )
  await Promise.all([
    outlayer.signAndSendTransaction({
      receiverId: outlayer.accountId,
      actions: [
        setting("set_register_contract", { register_contract_id: register.accountId }),
        setting("set_keystore_account", { keystore_account_id }),
      ],
    }),
    register.signAndSendTransaction({
      receiverId: register.accountId,
      actions: [setting("set_keystore_account", { keystore_account_id }), ...approved],
    }),
    init.signAndSendTransaction({
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
  await account.signAndSendTransaction({ receiverId: account.accountId, actions: [key] })
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
  await operator.signAndSendTransaction({ receiverId: operator.accountId, actions: [key] })
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
  await root.signAndSendTransaction({
    receiverId: accountId,
    actions: [
      actions.createAccount(),
      actions.transfer(nearToYocto(String(near) as `${number}`)),
      actions.addFullAccessKey(pair.getPublicKey()),
    ],
  })
  return open(provider, accountId, pair.toString())
}

async function deploy(account: Account, file: string, method: string, args: object): Promise<void> {
  await account.signAndSendTransaction({
    receiverId: account.accountId,
    actions: [
      actions.deployContract(await readFile(`${CONTRACTS}${file}`)),
      actions.functionCall(method, args, 50n * TERA, 0n),
    ],
  })
}

function open(provider: JsonRpcProvider, accountId: string, secretKey: string): Account {
  const signer = KeyPairSigner.fromSecretKey(secretKey as KeyPairString)
  return new Account(accountId, provider, signer)
}
