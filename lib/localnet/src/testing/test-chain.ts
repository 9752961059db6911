import {
  type Action,
  actions,
  createTransaction,
  KeyPair,
  type PublicKey,
  KeyPairSigner,
} from "near-api-js"
import type { ChainStore } from "../chain/chain-store.ts"
import { Chain, type ChainOptions } from "../chain/chain.ts"
import { newGenesis } from "../chain/genesis.ts"
import { supplyOf } from "../chain/supply.ts"
import { type TransactionStatus, transactionStatus } from "../chain/transaction-status.ts"
import { totalDeposit } from "../runtime/action.ts"
import type { AccessKey, Account } from "../runtime/account.ts"
import { prepaidGas } from "../runtime/charge-transaction.ts"
import type { ActionReceipt, Receipt } from "../runtime/receipt.ts"
import {
  accessKeyKey,
  accountKey,
  dataKey,
  POSTPONED_RECEIPTS,
  YIELD_RECEIPTS,
} from "../state/state-key.ts"
import { State } from "../state/state.ts"
import { decodeTransaction } from "../transaction/decode.ts"
import { keyFromText } from "../transaction/public-key-text.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"
import { testContract } from "./test-contract.ts"

export const NEAR = 10n ** 24n
export const TGAS = 10n ** 12n

/** A chain without clock or RPC: a test says when a block is made. */
export class TestChain {
  chain: Chain
  readonly #options: ChainOptions
  readonly rootKey = KeyPair.fromRandom("ed25519")
  readonly #keys = new Map<string, KeyPair>()
  readonly #nonces = new Map<string, bigint>()

  constructor(options: { yieldTimeoutBlocks?: number; store?: ChainStore } = {}) {
    let time = 1_700_000_000_000
    const genesis = newGenesis({
      chainId: "test-chain",
      epochLength: 500,
      rootAccountId: "test.near",
      rootPublicKey: this.rootKey.getPublicKey().toString(),
      time: new Date(time),
    })
    const { yieldTimeoutBlocks = 200, store } = options
    const now = () => (time += 1000)
    this.#options = { genesis, yieldTimeoutBlocks, finalityLag: 2, now }
    this.chain = new Chain(this.#options, store)
    this.#keys.set("test.near", this.rootKey)
  }

  async createAccount(id: string, balance: bigint): Promise<KeyPair> {
    const key = KeyPair.fromRandom("ed25519")
    await this.run("test.near", id, [
      actions.createAccount(),
      actions.transfer(balance),
      actions.addFullAccessKey(key.getPublicKey()),
    ])
    this.#keys.set(id, key)
    return key
  }

  async createContract(id: string, balance = 10n * NEAR): Promise<void> {
    await this.createAccount(id, balance)
    await this.run(id, id, [actions.deployContract(await testContract())])
  }

  /** The chain as a process finds it that starts on what another has left. */
  reopen(store: ChainStore): void {
    this.chain = new Chain(this.#options, store)
  }

  useKey(id: string, key: KeyPair): void {
    this.#keys.set(id, key)
  }

  async sign(signerId: string, receiverId: string, list: Action[]): Promise<SignedTransaction> {
    const key = this.#keys.get(signerId) ?? this.rootKey
    const publicKey = key.getPublicKey()
    const nonce = this.#nextNonce(signerId, publicKey)
    const blockHash = Buffer.from(this.chain.head.hash, "hex")
    const plain = createTransaction(signerId, publicKey, receiverId, nonce, list, blockHash)
    const signer = new KeyPairSigner(key)
    const { signedTransaction } = await signer.signTransaction(plain)
    return decodeTransaction(signedTransaction.encode())
  }

  /** Into the mempool; throws the refusal as JSON. */
  async send(signerId: string, receiverId: string, list: Action[]): Promise<string> {
    const transaction = await this.sign(signerId, receiverId, list)
    const refusal = this.chain.submit(transaction)
    if (refusal !== undefined) throw new Error(JSON.stringify(refusal.error))
    return transaction.hash
  }

  /** Sends, and makes blocks until nothing is left to do. */
  async run(signerId: string, receiverId: string, list: Action[]): Promise<TransactionStatus> {
    const hash = await this.send(signerId, receiverId, list)
    this.settle()
    return this.status(hash)
  }

  async call(
    signerId: string,
    contractId: string,
    method: string,
    args = "",
    options: { gas?: bigint; deposit?: bigint } = {},
  ): Promise<TransactionStatus> {
    const { gas = 100n * TGAS, deposit = 0n } = options
    return this.run(signerId, contractId, [functionCall(method, args, gas, deposit)])
  }

  settle(): void {
    while (this.chain.hasWork) this.chain.produce()
  }

  produce(count = 1): void {
    for (let made = 0; made < count; made++) this.chain.produce()
  }

  status(hash: string): TransactionStatus {
    const status = transactionStatus(this.chain, hash)
    if (status === undefined) throw new Error(`transaction ${hash} is in no block`)
    return status
  }

  account(id: string): Account | undefined {
    return new State(this.chain.head.root).get(accountKey(id))
  }

  data(id: string, key: string): string | undefined {
    const value = this.bytes(id, key)
    return value === undefined ? undefined : Buffer.from(value).toString()
  }

  bytes(id: string, key: string): Uint8Array | undefined {
    return new State(this.chain.head.root).get(dataKey(id, Buffer.from(key)))
  }

  accessKey(id: string, publicKey: PublicKey): AccessKey | undefined {
    const key = accessKeyKey(id, keyFromText(publicKey.toString()) ?? new Uint8Array())
    return new State(this.chain.head.root).get(key)
  }

  /** Yocto on accounts and under way: must be what the head says. */
  allMoney(): bigint {
    const state = new State(this.chain.head.root)
    const { outgoing, delayed } = this.chain.head.applied
    const waiting = [...state.entries(POSTPONED_RECEIPTS), ...state.entries(YIELD_RECEIPTS)].map(
      ([, v]) => v as ActionReceipt,
    )
    const underWay = [...outgoing, ...delayed, ...waiting].reduce((sum, r) => sum + worthOf(r), 0n)
    return supplyOf(state) + underWay
  }

  #nextNonce(id: string, publicKey: PublicKey): bigint {
    const name = publicKey.toString()
    const atHead = this.accessKey(id, publicKey)?.nonce ?? 0n
    const sent = this.#nonces.get(name) ?? 0n
    const nonce = (sent > atHead ? sent : atHead) + 1n
    this.#nonces.set(name, nonce)
    return nonce
  }
}

export function functionCall(method: string, args = "", gas = 100n * TGAS, deposit = 0n): Action {
  return actions.functionCall(method, Buffer.from(args), gas, deposit)
}

/** What the chain of returned receipts has led to, as text; a failure as JSON. */
export function resultOf({ result }: TransactionStatus): string | undefined {
  if (result?.kind === "value") return Buffer.from(result.value).toString()
  return result?.kind === "failure" ? JSON.stringify(result.error) : undefined
}

function worthOf(receipt: Receipt): bigint {
  if (receipt.kind === "data") return 0n
  const { actions: list, receiverId, gasPrice } = receipt
  return totalDeposit(list) + prepaidGas(list, receiverId) * gasPrice
}
