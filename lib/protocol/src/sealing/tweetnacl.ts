/** What sealing needs, for a browser or anywhere else: tweetnacl alone. */
import nacl from "tweetnacl"
import type { AgreementKey, SealingPrimitives } from "../pure/index.ts"

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export const tweetnaclPrimitives: SealingPrimitives = {
  sha512: (bytes) => nacl.hash(bytes),
  utf8: (text) => encoder.encode(text),
  fromUtf8: (bytes) => decoder.decode(bytes),
  randomBytes: (length) => nacl.randomBytes(length),
  importAgreementKey: (secretKey) => keyOf(secretKey.slice()),
  drawAgreementKey: () => keyOf(nacl.randomBytes(32)),
  secretbox: (message, nonce, key) => nacl.secretbox(message, nonce, key),
  secretboxOpen: (box, nonce, key) => nacl.secretbox.open(box, nonce, key),
}

function keyOf(secretKey: Uint8Array): AgreementKey {
  return {
    publicKey: nacl.scalarMult.base(secretKey),
    agree: (publicKey) => nacl.scalarMult(secretKey, publicKey),
    forget: () => void secretKey.fill(0),
  }
}
