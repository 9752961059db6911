/**
 * The envelope that users make and the chain keeps, version 1:
 *
 *     0x01 | epoch (2, big-endian) | key id (8) | one-time key (32) | secretbox
 *
 * The version byte decides alone; there is no older format to fall back to.
 */
import { canonicalBytes } from "./canonical-bytes.ts"
import { joinBytes } from "./hkdf.ts"
import {
  type AgreementKey,
  openBox,
  requirePublicKey,
  sealBox,
  SealingError,
  type SealingPrimitives,
} from "./sealed-box.ts"
import { contextBytes, MAX_KEY_EPOCH, type SecretContext } from "./secret-scope.ts"
import { decodeSecretValues, encodeSecretValues, type SecretValues } from "./secret-values.ts"

const VERSION = 1
const KEY_ID_BYTES = 8
const HEADER_BYTES = 1 + 2 + KEY_ID_BYTES

/** Seals for the keystore's key of that context and epoch. Throws `SealingError`. */
export function sealSecrets(
  primitives: SealingPrimitives,
  to: { publicKey: Uint8Array; epoch: number; context: SecretContext },
  values: SecretValues,
): Uint8Array {
  const { publicKey, epoch, context } = to
  requirePublicKey(publicKey)
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > MAX_KEY_EPOCH) {
    throw new SealingError("context_invalid", `epoch: 0 to ${MAX_KEY_EPOCH}`)
  }
  const version = Uint8Array.of(VERSION, epoch >> 8, epoch & 0xff)
  const header = joinBytes(version, keyId(primitives, publicKey))
  const bound = contextBytes(primitives, context, header)
  const padded = encodeSecretValues(primitives, values)
  const sealed = sealBox(primitives, { publicKey, context: bound }, padded)
  padded.fill(0)
  return joinBytes(header, sealed)
}

/** Which of the keystore's keys an envelope asks for. Throws `SealingError`. */
export function readEnvelopeEpoch(envelope: Uint8Array): number {
  if (envelope.length < HEADER_BYTES) {
    throw new SealingError("envelope_malformed", "envelope: shorter than its header")
  }
  if (envelope[0] !== VERSION) {
    throw new SealingError("envelope_version_unknown", `envelope: version ${envelope[0]}`)
  }
  return new DataView(envelope.buffer, envelope.byteOffset).getUint16(1)
}

/** The key is that of the envelope's epoch. Throws `SealingError`. */
export function openSecrets(
  primitives: SealingPrimitives,
  { key, context }: { key: AgreementKey; context: SecretContext },
  envelope: Uint8Array,
): SecretValues {
  readEnvelopeEpoch(envelope)
  const header = envelope.slice(0, HEADER_BYTES)
  const id = keyIdOf(primitives, key)
  // Public both: a plain comparison tells nothing.
  if (id.some((byte, i) => byte !== header[3 + i])) {
    throw new SealingError("envelope_for_other_key", "envelope: sealed for another key")
  }
  const bound = contextBytes(primitives, context, header)
  const sealed = envelope.slice(HEADER_BYTES)
  const padded = openBox(primitives, { key, context: bound }, sealed)
  try {
    return decodeSecretValues(primitives, padded)
  } finally {
    padded.fill(0)
  }
}

// Left out of bundles that open nothing.
const keyIds = /* @__PURE__ */ new WeakMap<AgreementKey, Uint8Array>()

/** Once for a key that many envelopes are opened with. */
function keyIdOf(primitives: SealingPrimitives, key: AgreementKey): Uint8Array {
  const known = keyIds.get(key)
  if (known) return known
  const id = keyId(primitives, key.publicKey)
  keyIds.set(key, id)
  return id
}

/** Tells an envelope for an old or foreign key from one that was altered. */
function keyId({ sha512, utf8 }: SealingPrimitives, publicKey: Uint8Array): Uint8Array {
  return sha512(canonicalBytes(utf8, "outlayer-key-id-1", [publicKey])).slice(0, KEY_ID_BYTES)
}
