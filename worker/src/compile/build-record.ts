/** A builder's signed word on what it made. */
import type { BuildRecord } from "@outlayer/protocol"
import { buildRecordBytes } from "@outlayer/protocol/pure"
import { nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"

/** The builder's ed25519 key, wherever it is kept. */
export interface Signer {
  /** In NEAR's form: `ed25519:` and base58. */
  readonly publicKey: string
  sign(bytes: Uint8Array): Uint8Array
}

type Facts = Omit<BuildRecord, "wasm_hash" | "builder" | "signature">

export function signBuild(facts: Facts, wasm: Uint8Array, signer: Signer): BuildRecord {
  const wasm_hash = sha256Hex(wasm)
  const record = { ...facts, wasm_hash, builder: signer.publicKey }
  const signature = signer.sign(buildRecordBytes(nodePrimitives, record))
  return { ...record, signature: Buffer.from(signature).toString("base64") }
}
