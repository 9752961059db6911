/**
 * Puts a seal on a message: HMAC-SHA-256 under the secret NOTARY_KEY, which only its owner knows and
 * this program, inside an attested machine. Who has the key can check a seal; nobody else can make one.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"

interface Context {
  env: Record<string, string>
}

// oxlint-disable-next-line import/no-default-export -- the guest's main function is its default export
export default function main(message: string, { env }: Context): object {
  const key = env["NOTARY_KEY"]
  if (!key) throw new Error("no secret NOTARY_KEY came with the request")
  return { message, seal: bytesToHex(hmac(sha256, utf8ToBytes(key), utf8ToBytes(message))) }
}
