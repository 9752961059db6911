/**
 * What a decrypt cannot do without, in bare calls of `node:crypto`: the question verified, the
 * envelope's and the reply's keys read and agreed with, a one-time key drawn, the record signed. How
 * fast that goes is the machine's doing, at this very moment.
 */
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from "node:crypto"

/** One decrypt's worth for each call. */
export function createYardstick(): () => void {
  const signing = generateKeyPairSync("ed25519")
  const own = generateKeyPairSync("x25519")
  const theirs = generateKeyPairSync("x25519").publicKey.export({ format: "pem", type: "spki" })
  const message = randomBytes(500)
  const signature = sign(null, message, signing.privateKey)

  return () => {
    if (!verify(null, message, signing.publicKey, signature)) throw new Error("not signed")
    const oneTime = generateKeyPairSync("x25519")
    for (const { privateKey } of [own, oneTime]) {
      const publicKey = createPublicKey(theirs)
      diffieHellman({ privateKey, publicKey })
    }
    sign(null, message, signing.privateKey)
  }
}
