// Every bit that somebody signed, one at a time. What is not signed is framing, which is strict.
import { expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { createCollateral } from "../simulator/collateral.ts"
import { createPki } from "../simulator/pki.ts"
import { createQuoteParts, type QuoteParts, serializeQuote } from "../simulator/quote.ts"
import { toPem } from "../simulator/certificate.ts"
import {
  type Collateral,
  type CollateralFacts,
  type Primitives,
  readCollateral,
  verifyQuote,
} from "./index.ts"

const NOW = 1_792_000_000
const PKI = createPki(Buffer.from("bits"))
const FACTS = readFacts()
const primitives = rememberSignatures(nodePrimitives)

/** Version, body type and offsets of what is signed, in quotes without padding. */
test.each([
  [4, "td1.0", 632],
  [5, "td1.5", 702],
  [5, "td1.5ex", 939],
] as const)(
  "no bit of the signed part of a quote of version %i, %s, may change",
  (version, bodyType, size) => {
    const quote = serializeQuote(createQuoteParts(PKI, { version, bodyType, padding: 0 }))

    expect(verdict(quote)).toBe("accept")
    expect(acceptedFlips(quote, 0, size)).toEqual([])
  },
)

test("no bit of signatures, keys, QE report and its data may change", () => {
  const quote = serializeQuote(createQuoteParts(PKI, { padding: 0 }))

  expect(acceptedFlips(quote, 632, 1258)).toEqual([])
})

test("no bit of a certificate in the quote may change", () => {
  const parts = createQuoteParts(PKI, { padding: 0 })
  const chain = [PKI.pck, PKI.platformCa, PKI.root].map(({ certificate }) => certificate)
  const accepted = chain.flatMap((der, at) =>
    bitsOf(0, der.length).filter((bit) => {
      const changed = toPem(...chain.with(at, flip(der, bit)))
      return verdict(serializeQuote({ ...parts, chain: changed } satisfies QuoteParts)) === "accept"
    }),
  )

  expect(accepted).toEqual([])
})

test("no byte of signed JSON or of its signature may change in a bit", () => {
  const collateral = createCollateral(PKI, NOW - 3600)
  const isAccepted = (changes: Partial<Collateral>) =>
    readCollateral({ ...collateral, ...changes }, PKI.root.certificate, NOW, primitives).ok
  const accepted = (["tcbInfo", "qeIdentity"] as const).flatMap((part) => {
    const text = Buffer.from(collateral[part])
    const signature = Buffer.from(collateral[`${part}Signature`], "hex")
    return [
      ...oneBitOfEach(text).filter((bit) =>
        isAccepted({ [part]: flip(text, bit).toString("latin1") }),
      ),
      ...oneBitOfEach(signature).filter((bit) =>
        isAccepted({ [`${part}Signature`]: flip(signature, bit).toString("hex") }),
      ),
    ]
  })

  expect(isAccepted({})).toBe(true)
  expect(accepted).toEqual([])
})

test("no bit of a CRL may change", () => {
  const collateral = createCollateral(PKI, NOW - 3600)
  const crl = Buffer.from(collateral.rootCaCrl, "base64")
  const accepted = bitsOf(0, crl.length).filter((bit) => {
    const changed = { ...collateral, rootCaCrl: flip(crl, bit).toString("base64") }
    return readCollateral(changed, PKI.root.certificate, NOW, primitives).ok
  })

  expect(accepted).toEqual([])
})

test("no quote is accepted that ends before its padding", () => {
  const quote = serializeQuote(createQuoteParts(PKI, { padding: 70 }))
  const accepted = Array.from({ length: quote.length }, (_, length) => length).filter(
    (length) => verdict(quote.subarray(0, length)) === "accept",
  )

  expect(accepted).toEqual(Array.from({ length: 70 }, (_, at) => quote.length - 70 + at))
})

function acceptedFlips(quote: Uint8Array, from: number, to: number): number[] {
  return bitsOf(from, to).filter((bit) => verdict(flip(quote, bit)) === "accept")
}

function verdict(quote: Uint8Array): string {
  const verified = verifyQuote(quote, FACTS, NOW, primitives)
  return verified.ok ? "accept" : verified.reason
}

function bitsOf(from: number, to: number): number[] {
  return Array.from({ length: (to - from) * 8 }, (_, at) => from * 8 + at)
}

/** Of every byte, another bit than of the one before. */
function oneBitOfEach({ length }: Uint8Array): number[] {
  return Array.from({ length }, (_, at) => at * 8 + (at & 7))
}

function flip(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  const at = bit >> 3
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7))
  return changed
}

function readFacts(): CollateralFacts {
  const collateral = createCollateral(PKI, NOW - 3600)
  const facts = readCollateral(collateral, PKI.root.certificate, NOW, nodePrimitives)
  if (!facts.ok) throw new Error(facts.reason)
  return facts.value
}

/** Most of what is verified is the same in every round. */
function rememberSignatures(plain: Primitives): Primitives {
  const known = new Map<string, boolean>()
  return {
    ...plain,
    p256Verify(signature, message, publicKey) {
      const hash = plain.encodeHex(plain.sha256(message))
      const name = [hash, plain.encodeHex(signature), plain.encodeHex(publicKey)].join()
      const answer = known.get(name) ?? plain.p256Verify(signature, message, publicKey)
      known.set(name, answer)
      return answer
    },
  }
}
