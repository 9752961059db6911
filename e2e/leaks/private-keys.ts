/**
 * Private keys that no test knows, since they never leave their process: found by their public halves,
 * which are known to everybody.
 */
import { base58Bytes } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"

const KEY_BYTES = 32
/** Of 32 bytes, or of 64 as NEAR writes a private key: seed and public key. */
const HEX = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-f])/gi
const BASE64 = /(?<![\w+/-])(?:[\w+/-]{43}=?|[\w+/-]{86}(?:==)?)(?![\w+/=-])/g
const BASE58 =
  /(?<![1-9A-HJ-NP-Za-km-z])(?:[1-9A-HJ-NP-Za-km-z]{32,44}|[1-9A-HJ-NP-Za-km-z]{64,88})(?![1-9A-HJ-NP-Za-km-z])/g

/** Whatever could be a key, by its bytes in hex. */
export function keysIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => [...readKeys(text).keys()]))
}

/** What in `text` is the private half of a key whose public half is known. */
export function findPrivateKeys(text: string, known: ReadonlySet<string>): string[] {
  return [...readKeys(text).values()]
    .filter(({ key }) => publicHalves(key).some((half) => known.has(half)))
    .map(({ written }) => written)
}

function readKeys(text: string): Map<string, { key: Uint8Array; written: string }> {
  const found = new Map<string, { key: Uint8Array; written: string }>()
  const read = (form: RegExp, decode: (written: string) => Uint8Array | undefined) => {
    for (const [written] of text.matchAll(form)) {
      const key = decode(written)?.subarray(0, KEY_BYTES)
      if (key?.length === KEY_BYTES) found.set(Buffer.from(key).toString("hex"), { key, written })
    }
  }
  read(HEX, (written) => Buffer.from(written, "hex"))
  // Node takes either alphabet.
  read(BASE64, (written) => Buffer.from(written, "base64"))
  read(BASE58, (written) => base58Bytes(written, written.length > 44 ? 2 * KEY_BYTES : KEY_BYTES))
  return found
}

function publicHalves(key: Uint8Array): string[] {
  const ed25519 = base58Bytes(importSigningSeed(key).publicKey.replace("ed25519:", ""), KEY_BYTES)
  const halves = [ed25519, nodePrimitives.importAgreementKey(key).publicKey]
  return halves.flatMap((half) => (half ? [Buffer.from(half).toString("hex")] : []))
}
