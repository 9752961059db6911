/** SHA-256 over canonical bytes, as receipts have it. */
import type { RunReceipt, Sha256Hex, Transcript } from "@outlayer/protocol"
import {
  encodeArguments,
  encodeFiles,
  encodeHostAnswers,
  encodePrivatePart,
  encodeReceipt,
  encodeSharedPart,
} from "@outlayer/protocol/pure"
import { sha256Hex } from "@outlayer/protocol/sealing/node"

export type SharedPart = NonNullable<Transcript["shared"]>
export type PrivatePart = NonNullable<Transcript["private"]>
export type Draws = PrivatePart["draws"]

export function hashReceipt(receipt: Omit<RunReceipt, "hash" | "version">): Sha256Hex {
  return sha256Hex(encodeReceipt(utf8, receipt))
}

/** Of what a receipt says besides where its transcript is. */
export function hashFacts(facts: Omit<RunReceipt, "hash" | "version" | "transcript">): Sha256Hex {
  const nowhere = { shared_hash: "", private_hash: null, sealed_to: [], expires_at: null }
  return sha256Hex(encodeReceipt(utf8, { ...facts, transcript: { ...nowhere, state: "not_kept" } }))
}

export function hashShared(part: SharedPart): Sha256Hex {
  return sha256Hex(encodeSharedPart(utf8, part))
}

export function hashPrivate(part: PrivatePart): Sha256Hex {
  return sha256Hex(encodePrivatePart(utf8, part))
}

export function hashArguments(part: Pick<SharedPart, "program_name" | "arguments">): Sha256Hex {
  return sha256Hex(encodeArguments(utf8, part.program_name, part.arguments))
}

export function hashFiles(files: SharedPart["files"]): Sha256Hex | null {
  return files && sha256Hex(encodeFiles(utf8, files))
}

export function hashHostAnswers(blinding: string, { http }: Draws): Sha256Hex {
  return sha256Hex(encodeHostAnswers(utf8, blinding, http))
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text)
}
