/**
 * Sends transactions of the keystore's own account, which publish its keys. What became of them is what
 * a quorum says: one endpoint that makes a result up would let the registration end unnoticed.
 * Written out here, for a library would bring seventy packages beside the master key.
 */
import { createHash } from "node:crypto"
import { base58Bytes, base58Of, decodePublicKey } from "@outlayer/protocol/pure"
import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { askQuorum, OutlayerError } from "@outlayer/protocol"
import { z } from "zod"
import { borshNumber, borshText } from "../borsh.ts"
import type { Chain } from "./chain.ts"
import type { Endpoint } from "./endpoint.ts"

const GAS = 300_000_000_000_000n
const SEND_MS = 60_000
const AGAIN_MS = 1_000
const NONCE_MS = 5_000

const Key = z.object({ nonce: z.number() })
const Outcome = z.object({
  status: z.union([
    z.object({ SuccessValue: z.string() }),
    z.object({ Failure: z.unknown() }),
    z.string(),
  ]),
})

/** Resolves with what the call returned, once the chain has it as final. */
export type CallContract = (contractId: string, method: string, args: object) => Promise<unknown>

export function createCaller(options: {
  endpoints: readonly Endpoint[]
  quorum: number
  chain: Pick<Chain, "snapshot">
  accountId: string
  /** In NEAR's form: `ed25519:` and base58 of seed and public key. */
  secretKey: string
}): CallContract {
  const { endpoints, quorum, chain, accountId, secretKey } = options
  const pair = base58Bytes(secretKey.slice("ed25519:".length), 64)
  if (!pair) throw new Error("KEYSTORE_PRIVATE_KEY is not an ed25519 key")
  const key = importSigningSeed(pair.subarray(0, 32))

  return async (contractId, method, args) => {
    const signal = AbortSignal.timeout(SEND_MS)
    const { block } = await chain.snapshot()
    const nonce = await readNonce()
    const call = { contractId, method, args: Buffer.from(JSON.stringify(args)) }
    const unsigned = encodeCall(accountId, key.publicKey, nonce + 1n, block.hash, call)
    const hash = createHash("sha256").update(unsigned).digest()
    const signature = key.sign(hash)
    const signed = Buffer.concat([unsigned, Uint8Array.of(0), signature])
    const sent = { signed_tx_base64: signed.toString("base64"), wait_until: "FINAL" }
    const known = { tx_hash: base58Of(hash), sender_account_id: accountId, wait_until: "FINAL" }
    const all = { endpoints, quorum, timeoutMs: SEND_MS }
    const name = `${contractId}.${method}`
    for (;;) {
      signal.throwIfAborted()
      // Sent again it is not done twice, for a nonce is used once: then it is asked after.
      const status = await askQuorum(all, async (endpoint, until) => {
        const reply = await endpoint
          .ask("send_tx", sent, until)
          .catch(() => endpoint.ask("tx", known, until))
        return Outcome.parse(reply).status
      }).catch(() => undefined)
      if (status !== undefined) return readValue(status, name)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  /** Endpoints may be apart by a block: of a quorum's answers the one in the middle is no liar's. */
  async function readNonce(): Promise<bigint> {
    const params = {
      request_type: "view_access_key",
      finality: "optimistic",
      account_id: accountId,
      public_key: key.publicKey,
    }
    const signal = AbortSignal.timeout(NONCE_MS)
    const found = await Promise.allSettled(
      endpoints.map(
        async (endpoint) => Key.parse(await endpoint.ask("query", params, signal)).nonce,
      ),
    )
    const nonces = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))
    const middle = nonces.toSorted((a, b) => a - b)[Math.floor((nonces.length - 1) / 2)]
    if (middle === undefined || nonces.length < quorum) {
      throw new OutlayerError("chain_unavailable", `No quorum on the nonce of ${accountId}`)
    }
    return BigInt(middle)
  }
}

function readValue(status: z.output<typeof Outcome>["status"], what: string): unknown {
  if (typeof status === "string") throw new Error(`${what}: ${status}`)
  if (!("SuccessValue" in status)) throw new Error(`${what}: ${JSON.stringify(status.Failure)}`)
  const text = Buffer.from(status.SuccessValue, "base64").toString("utf8")
  return text === "" ? undefined : JSON.parse(text)
}

/** A transaction with one function call, in Borsh: https://nomicon.io/RuntimeSpec/Transactions */
function encodeCall(
  accountId: string,
  publicKey: string,
  nonce: bigint,
  blockHash: string,
  call: { contractId: string; method: string; args: Uint8Array },
): Buffer {
  return Buffer.concat([
    borshText(accountId),
    // The curve's number: Ed25519.
    Uint8Array.of(0),
    decodePublicKey(publicKey) ?? new Uint8Array(),
    borshNumber(nonce, 8),
    borshText(call.contractId),
    base58Bytes(blockHash, 32) ?? new Uint8Array(),
    borshNumber(1n, 4),
    // The action's number: FunctionCall.
    Uint8Array.of(2),
    borshText(call.method),
    borshNumber(BigInt(call.args.length), 4),
    call.args,
    borshNumber(GAS, 8),
    borshNumber(0n, 16),
  ])
}
