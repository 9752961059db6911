/** The verifier's primitives over node:crypto, which lacks Keccak. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto"
import { keccak_256 } from "@noble/hashes/sha3.js"
import type { Primitives } from "./pure/index.ts"

/** SubjectPublicKeyInfo of P-256 up to x || y (RFC 5480, 2). */
const SPKI_P256 = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex")

export const nodePrimitives: Primitives = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  sha384: (bytes) => createHash("sha384").update(bytes).digest(),
  keccak256: (bytes) => keccak_256(bytes),
  p256Verify: (signature, message, publicKey) => {
    const key = { key: toKey(publicKey), dsaEncoding: "ieee-p1363" } as const
    return verify("sha256", message, key, signature)
  },
  utf8: (text) => Buffer.from(text, "utf8"),
  latin1: (bytes) => view(bytes).toString("latin1"),
  encodeHex: (bytes) => view(bytes).toString("hex"),
  decodeHex: (text) => {
    // Buffer stops at the first character that is not hex, without a word.
    const bytes = Buffer.from(text, "hex")
    return bytes.length * 2 === text.length ? bytes : undefined
  },
  decodeBase64: (text) => {
    const bytes = Buffer.from(text, "base64")
    return bytes.toString("base64") === text ? bytes : undefined
  },
}

function toKey(publicKey: Uint8Array): KeyObject {
  const key = Buffer.concat([SPKI_P256, publicKey])
  return createPublicKey({ key, format: "der", type: "spki" })
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
