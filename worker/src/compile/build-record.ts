/** The bytes that a builder signs: who made which wasm from which commit with what. */
import { createHash } from "node:crypto"
import type { BuildRecord } from "@outlayer/protocol"
import { Sha256Hex } from "@outlayer/protocol"

/** The builder's ed25519 key, wherever it is kept. */
export interface Signer {
  /** In NEAR's form: `ed25519:` and base58. */
  readonly publicKey: string
  sign(bytes: Uint8Array): Uint8Array
}

export type BuildFacts = Omit<BuildRecord, "wasm_hash" | "builder" | "signature">

const TAG = "outlayer-build-1"

/**
 * The tag, then every field, each as `length:text;` with the length in UTF-8 bytes; the number of
 * branches stands before them. No two records share their bytes.
 */
export function encodeBuildRecord(record: Omit<BuildRecord, "signature">): Uint8Array {
  const { repo, commit, branches, build_target, toolchain, wasm_hash, builder } = record
  const fields = [repo, commit, build_target, toolchain, wasm_hash, builder]
  const texts = [...fields, String(branches.length), ...branches]
  return Buffer.from(`${TAG};${texts.map(encodeText).join("")}`)
}

export function signBuild(facts: BuildFacts, wasm: Uint8Array, signer: Signer): BuildRecord {
  const wasm_hash = Sha256Hex.parse(createHash("sha256").update(wasm).digest("hex"))
  const record = { ...facts, wasm_hash, builder: signer.publicKey }
  const signature = Buffer.from(signer.sign(encodeBuildRecord(record))).toString("base64")
  return { ...record, signature }
}

function encodeText(text: string): string {
  return `${Buffer.byteLength(text)}:${text};`
}
