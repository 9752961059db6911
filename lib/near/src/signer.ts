/**
 * Signs calls with one access key. Nonces are given out in order, without asking the chain each
 * time: a process must not share its key with another.
 */
import {
  actions,
  baseDecode,
  baseEncode,
  createTransaction,
  encodeTransaction,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
} from "near-api-js"
import { createHash } from "node:crypto"
import type { Chain } from "./chain.ts"

export interface SignedCall {
  hash: string
  signedTxBase64: string
  publicKey: string
}

export interface CallOptions {
  contractId: string
  method: string
  args: object
  gas: bigint
  depositYocto?: bigint
}

/** `ed25519:` and base58, known to nobody else. */
export function newSecretKey(): string {
  return KeyPair.fromRandom("ed25519").toString()
}

export type Signer = ReturnType<typeof createSigner>

/** A block hash is good for a day on mainnet and for 100 blocks on the shortest of local chains. */
const BLOCK_HASH_MS = 10_000

export function createSigner(chain: Chain, accountId: string, secretKey: string) {
  const pair = KeyPair.fromString(secretKey as KeyPairString)
  const keys = new KeyPairSigner(pair)
  const publicKey = pair.getPublicKey()
  let nonce: bigint | undefined
  let recent: { hash: Uint8Array; at: number } | undefined
  let turn: Promise<unknown> = Promise.resolve()

  return {
    accountId,

    publicKey: publicKey.toString(),

    /** Ed25519 over any bytes but those of a transaction: 64 bytes. */
    signBytes: (bytes: Uint8Array): Uint8Array => pair.sign(bytes).signature,

    /** Signs one function call with the next nonce. Nothing is sent. */
    sign(call: CallOptions): Promise<SignedCall> {
      const mine = turn.then(() => signNext(call))
      turn = mine.catch(() => {})
      return mine
    },

    /**
     * After a refused nonce: the next signature asks the chain where the key stands. One that is under
     * way would set it again, so this waits its turn.
     */
    forgetNonce(): void {
      turn = turn.then(() => (nonce = undefined))
    },
  }

  async function signNext(call: CallOptions): Promise<SignedCall> {
    if (!recent || Date.now() - recent.at > BLOCK_HASH_MS) {
      recent = { hash: baseDecode((await chain.finalBlock()).hash), at: Date.now() }
    }
    const last = nonce ?? (await readNonce())
    const transaction = createTransaction(
      accountId,
      publicKey,
      call.contractId,
      last + 1n,
      [actions.functionCall(call.method, call.args, call.gas, call.depositYocto ?? 0n)],
      recent.hash,
    )
    const { signedTransaction } = await keys.signTransaction(transaction)
    nonce = last + 1n
    const unsigned = encodeTransaction(signedTransaction.transaction)
    return {
      hash: baseEncode(createHash("sha256").update(unsigned).digest()),
      signedTxBase64: Buffer.from(encodeTransaction(signedTransaction)).toString("base64"),
      publicKey: publicKey.toString(),
    }
  }

  async function readNonce(): Promise<bigint> {
    const key = await chain.provider.viewAccessKey({
      accountId,
      publicKey: publicKey.toString(),
      finalityQuery: { finality: "optimistic" },
    })
    return BigInt(key.nonce)
  }
}
