/** Gives an owner his records, once he has shown that the account is his. */
import {
  OutlayerError,
  type ReadRecords,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import { recordsBytes, recordsRequest } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Chain } from "../chain/chain.ts"
import type { Keyring } from "../keys/keyring.ts"
import type { RecordLog } from "./record-log.ts"
import { isSignedByWallet } from "./wallet-signature.ts"

const MAX_AGE_MS = 300_000

/** Throws `signature_invalid`. */
export async function readRecords(
  { chain, keyring, records }: { chain: Chain; keyring: Keyring; records: RecordLog },
  body: RouteInput<typeof ReadRecords>["body"],
): Promise<RouteReply<typeof ReadRecords>> {
  const { account_id, after, limit, signed_at_ms, public_key, nonce } = body
  const { network, contractId: contract_id } = keyring
  const isSigned = isSignedByWallet({
    message: recordsRequest({ network, contract_id, account_id, after, limit, signed_at_ms }),
    nonce: Buffer.from(nonce, "hex"),
    recipient: contract_id,
    publicKey: public_key,
    signature: Buffer.from(body.signature, "base64"),
  })
  if (!isSigned) throw new OutlayerError("signature_invalid", "Not signed as NEP-413 says")

  const snapshot = await chain.snapshot()
  const ageMs = Number(snapshot.block.timestampNs / 1_000_000n) - signed_at_ms
  if (Math.abs(ageMs) > MAX_AGE_MS) {
    throw new OutlayerError("signature_invalid", "Signed more than five minutes ago, or later")
  }
  if (!(await snapshot.hasFullAccess(account_id, public_key))) {
    throw new OutlayerError(
      "signature_invalid",
      `${public_key} has no full access to ${account_id}`,
    )
  }
  const { count, head } = records.head(account_id)
  const list = recordsBytes(nodePrimitives, { account_id, nonce, count, head })
  return {
    records: await records.read(account_id, after, limit),
    count,
    head,
    signing_key: keyring.signing.publicKey,
    signature: Buffer.from(keyring.signing.sign(list)).toString("base64"),
  }
}
