/** Node's own: the same bytes as with tweetnacl, some twenty times as fast: the keystore's hot path. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto"
import nacl from "tweetnacl"
import { Sha256Hex } from "../near.ts"
import {
  type AgreementKey,
  decodePublicKey,
  encodePublicKey,
  type Primitives,
  type SealingPrimitives,
  SealingError,
} from "../pure/index.ts"

/** What stands before 32 bytes of an X25519 key in DER (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex")
const PUBLIC_PREFIX = Buffer.from("302a300506032b656e032100", "hex")

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const nodePrimitives: SealingPrimitives & Primitives = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  sha512: (bytes) => new Uint8Array(createHash("sha512").update(bytes).digest()),
  utf8: (text) => new Uint8Array(Buffer.from(text)),
  fromUtf8: (bytes) => decoder.decode(bytes),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),

  importAgreementKey(secretKey) {
    const key = Buffer.concat([PRIVATE_PREFIX, secretKey])
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" })
    key.fill(0)
    return agreementKey(privateKey, createPublicKey(privateKey))
  },

  drawAgreementKey() {
    const { privateKey, publicKey } = generateKeyPairSync("x25519")
    return agreementKey(privateKey, publicKey)
  },

  // XSalsa20 is not in OpenSSL.
  secretbox: (message, nonce, key) => nacl.secretbox(message, nonce, key),
  secretboxOpen: (box, nonce, key) => nacl.secretbox.open(box, nonce, key),
}

export function sha256Hex(bytes: Uint8Array): Sha256Hex {
  return Sha256Hex.parse(createHash("sha256").update(bytes).digest("hex"))
}

function agreementKey(privateKey: KeyObject, own: KeyObject): AgreementKey {
  // As JWK an export takes half the time that it takes as DER.
  const { x = "" } = own.export({ format: "jwk" })
  return {
    publicKey: new Uint8Array(Buffer.from(x, "base64url")),
    agree(publicKey) {
      const key = Buffer.concat([PUBLIC_PREFIX, publicKey])
      try {
        const theirs = createPublicKey({ key, format: "der", type: "spki" })
        return new Uint8Array(diffieHellman({ privateKey, publicKey: theirs }))
      } catch {
        // All that OpenSSL says of a point of low order is that it failed.
        throw new SealingError("key_invalid", "publicKey: refused by X25519")
      }
    },
    // OpenSSL overwrites its copy when the key object is collected.
    forget: () => {},
  }
}

/** Ed25519 (RFC 8032) with one key. */
export interface SigningKey {
  /** In NEAR's form. */
  publicKey: string
  sign: (bytes: Uint8Array) => Uint8Array
}

/** What stands before 32 bytes of an Ed25519 key in DER (RFC 8410). */
const ED25519_PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex")
const ED25519_PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex")

export function importSigningSeed(seed: Uint8Array): SigningKey {
  const der = Buffer.concat([ED25519_PRIVATE_PREFIX, seed])
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  der.fill(0)
  const spki = createPublicKey(key).export({ format: "der", type: "spki" })
  return {
    publicKey: encodePublicKey(spki.subarray(ED25519_PUBLIC_PREFIX.length)),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  }
}

/** Undefined for what is no Ed25519 key. */
export function importVerifier(
  publicKey: string,
): ((bytes: Uint8Array, signature: Uint8Array) => boolean) | undefined {
  const bytes = decodePublicKey(publicKey)
  if (!bytes) return undefined
  const der = Buffer.concat([ED25519_PUBLIC_PREFIX, bytes])
  const key = createPublicKey({ key: der, format: "der", type: "spki" })
  return (message, signature) => verify(null, message, key, signature)
}
