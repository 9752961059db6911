import { generateKeyPairSync } from "node:crypto"
import { base58 } from "@scure/base"

/** Both as `ed25519:<base58>`, the secret one with its public key behind it, as NEAR's key files have them. */
export interface KeyPairText {
  publicKey: string
  secretKey: string
}

export function newKeyPair(): KeyPairText {
  const { privateKey } = generateKeyPairSync("ed25519")
  const { d = "", x = "" } = privateKey.export({ format: "jwk" })
  const seed = Buffer.from(d, "base64url")
  const key = Buffer.from(x, "base64url")
  const secretKey = `ed25519:${base58.encode(Buffer.concat([seed, key]))}`
  return { publicKey: `ed25519:${base58.encode(key)}`, secretKey }
}
