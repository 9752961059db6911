/** How a worker reads what came back for its question: through hands that may have changed it. */
import { hexOf } from "./canonical-bytes.ts"
import { answerContext } from "./keystore-session.ts"
import { type Denial, type ReleaseRecord, recordBytes } from "./release-record.ts"
import { type AgreementKey, openBox, SealingError, type SealingPrimitives } from "./sealed-box.ts"
import { decodeSecretValues, type SecretValues } from "./secret-values.ts"

export type SecretsAnswer =
  | { ok: true; values: SecretValues }
  /** Signed by the keystore: for this question the request may end with its failure. */
  | { ok: false; denial: Denial }

/** Throws `SealingError` for whatever the keystore did not say to this very question. */
export function readAnswer(
  primitives: SealingPrimitives,
  asked: {
    /** `questionBytes` of what was asked. */
    question: Uint8Array
    replyKey: AgreementKey
    /** Ed25519 with the key that the chain gives for the keystore. */
    verify: (bytes: Uint8Array, signature: Uint8Array) => boolean
  },
  answer: { record: ReleaseRecord; signature: Uint8Array; sealed: Uint8Array | null },
): SecretsAnswer {
  const { record, signature, sealed } = answer
  if (!asked.verify(recordBytes(primitives, record), signature)) {
    refuse("not signed by the keystore")
  }
  if (record.question_hash !== hexOf(primitives.sha512(asked.question))) {
    refuse("given to another question")
  }
  if (record.denial !== null) return { ok: false, denial: record.denial }
  if (!sealed || record.answer_hash !== hexOf(primitives.sha512(sealed))) {
    refuse("not what the record names")
  }
  const context = answerContext(primitives, asked.question)
  const padded = openBox(primitives, { key: asked.replyKey, context }, sealed)
  try {
    return { ok: true, values: decodeSecretValues(primitives, padded) }
  } finally {
    padded.fill(0)
  }
}

function refuse(problem: string): never {
  throw new SealingError("envelope_not_authentic", `answer: ${problem}`)
}
