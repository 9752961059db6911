/**
 * Sends transactions of the keystore's own account, which publish its keys: nothing is decided by
 * how they go. Written out here, for a library would bring seventy packages beside the master key.
 */
import { createHash } from "node:crypto"
import { base58Bytes, decodePublicKey } from "@outlayer/protocol/pure"
import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { z } from "zod"
import { borshNumber, borshText } from "../borsh.ts"
import type { Chain } from "./chain.ts"
import type { Endpoint } from "./endpoint.ts"

const GAS = 300_000_000_000_000n
const SEND_MS = 60_000
const AGAIN_MS = 1_000

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
  chain: Chain
  accountId: string
  /** In NEAR's form: `ed25519:` and base58 of seed and public key. */
  secretKey: string
}): CallContract {
  const { endpoints, chain, accountId, secretKey } = options
  const pair = base58Bytes(secretKey.slice("ed25519:".length), 64)
  if (!pair) throw new Error("KEYSTORE_PRIVATE_KEY is not an ed25519 key")
  const key = importSigningSeed(pair.subarray(0, 32))

  return async (contractId, method, args) => {
    const signal = AbortSignal.timeout(SEND_MS)
    const { block } = await chain.snapshot()
    const { nonce } = Key.parse(
      await askAny("query", {
        request_type: "view_access_key",
        finality: "optimistic",
        account_id: accountId,
        public_key: key.publicKey,
      }),
    )
    const call = { contractId, method, args: Buffer.from(JSON.stringify(args)) }
    const unsigned = encodeCall(accountId, key.publicKey, BigInt(nonce) + 1n, block.hash, call)
    const signature = key.sign(createHash("sha256").update(unsigned).digest())
    const signed = Buffer.concat([unsigned, Uint8Array.of(0), signature])
    const params = { signed_tx_base64: signed.toString("base64"), wait_until: "FINAL" }
    for (;;) {
      signal.throwIfAborted()
      // Sent again it is found, not done twice: a nonce is used once.
      const reply = await askAny("send_tx", params).catch(() => undefined)
      if (reply !== undefined) return readValue(reply, `${contractId}.${method}`)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  /** The first endpoint that answers. */
  function askAny(method: string, params: object): Promise<unknown> {
    const signal = AbortSignal.timeout(SEND_MS)
    return Promise.any(endpoints.map((endpoint) => endpoint.ask(method, params, signal)))
  }
}

function readValue(reply: unknown, what: string): unknown {
  const { status } = Outcome.parse(reply)
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
