/** What sealing needs, for a browser or anywhere else: tweetnacl alone. */
import nacl from "tweetnacl"
import type { SealingPrimitives } from "../pure/index.ts"

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export const tweetnaclPrimitives: SealingPrimitives = {
  sha512: (bytes) => nacl.hash(bytes),
  utf8: (text) => encoder.encode(text),
  fromUtf8: (bytes) => decoder.decode(bytes),
  randomBytes: (length) => nacl.randomBytes(length),
  x25519: (secretKey, publicKey) => nacl.scalarMult(secretKey, publicKey),
  x25519PublicKey: (secretKey) => nacl.scalarMult.base(secretKey),
  secretbox: (message, nonce, key) => nacl.secretbox(message, nonce, key),
  secretboxOpen: (box, nonce, key) => nacl.secretbox.open(box, nonce, key),
}
