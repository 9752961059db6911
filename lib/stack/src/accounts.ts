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
}

export async function createAccounts(
  provider: JsonRpcProvider,
  root: { accountId: string; secretKey: string },
): Promise<Accounts> {
  const rootAccount = open(provider, root.accountId, root.secretKey)
  const create = (name: string, near: number) => createAccount(rootAccount, provider, name, near)
  const accounts = {
    root: rootAccount,
    outlayer: await create("outlayer", 1_000),
    caller: await create("caller", 1_000),
    operator: await create("operator", 10_000),
    alice: await create("alice", 10_000),
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
  return accounts
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
