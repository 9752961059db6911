/** Node's own: the same bytes as with tweetnacl, some twenty times as fast: the keystore's hot path. */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
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

/** What stands before the 32 bytes of a key in DER (RFC 8410). */
const X25519_SECRET = Buffer.from("302e020100300506032b656e04220420", "hex")
const ED25519_SECRET = Buffer.from("302e020100300506032b657004220420", "hex")
/** The same before public keys, in base64: 12 bytes, so what follows is the key's own. */
const X25519_PUBLIC = "MCowBQYDK2VuAyEA"
const ED25519_PUBLIC = "MCowBQYDK2VwAyEA"

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const nodePrimitives: SealingPrimitives & Primitives = {
  sha256: (bytes) => viewOf(hash("sha256", bytes, "buffer")),
  sha512: (bytes) => viewOf(hash("sha512", bytes, "buffer")),
  // Not through Node's pool of small buffers, where a copy would stay.
  utf8: (text) => encoder.encode(text),
  fromUtf8: (bytes) => decoder.decode(bytes),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),

  importAgreementKey(secretKey) {
    const privateKey = importSecret(X25519_SECRET, secretKey)
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

/** Lower case. */
export function sha512Hex(bytes: Uint8Array): string {
  return hash("sha512", bytes)
}

export function sha256Hex(bytes: Uint8Array): Sha256Hex {
  return Sha256Hex.parse(hash("sha256", bytes))
}

function agreementKey(privateKey: KeyObject, own: KeyObject): AgreementKey {
  return {
    publicKey: exportPublic(own),
    agree(publicKey) {
      try {
        const theirs = importPublic(X25519_PUBLIC, publicKey)
        return viewOf(diffieHellman({ privateKey, publicKey: theirs }))
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

export function importSigningSeed(seed: Uint8Array): SigningKey {
  const key = importSecret(ED25519_SECRET, seed)
  return {
    publicKey: encodePublicKey(exportPublic(createPublicKey(key))),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  }
}

/** Undefined for what is no Ed25519 key. */
export function importVerifier(
  publicKey: string,
): ((bytes: Uint8Array, signature: Uint8Array) => boolean) | undefined {
  const bytes = decodePublicKey(publicKey)
  if (!bytes) return undefined
  const key = importPublic(ED25519_PUBLIC, bytes)
  return (message, signature) => verify(null, message, key, signature)
}

function importSecret(prefix: Uint8Array, secretKey: Uint8Array): KeyObject {
  const key = Buffer.concat([prefix, secretKey])
  const imported = createPrivateKey({ key, format: "der", type: "pkcs8" })
  key.fill(0)
  return imported
}

/**
 * As PEM: Node throws and catches four errors over what is no text, and a key that OpenSSL's decoders
 * have not made (JWK, raw) is converted at every use.
 */
function importPublic(prefix: string, publicKey: Uint8Array): KeyObject {
  const base64 = prefix + Buffer.from(publicKey).toString("base64")
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`)
}

/** As JWK, which takes half the time that DER takes. */
function exportPublic(key: KeyObject): Uint8Array {
  const { x = "" } = key.export({ format: "jwk" })
  return new Uint8Array(Buffer.from(x, "base64url"))
}

/** The very bytes, under the plain type: who overwrites them leaves no copy. */
function viewOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
