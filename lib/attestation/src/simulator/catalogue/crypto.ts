/** Signatures and keys. What is flipped here one bit at a time is flipped everywhere in a test of its own. */
import { createHash } from "node:crypto"
import { createPki } from "../pki.ts"
import { chainOf } from "../quote.ts"
import { createSigningKey } from "../signing-key.ts"
import type { Group } from "./case.ts"
import { createScenario, type ScenarioChanges, SEED, usualPki } from "./scenario.ts"

/** Offsets in a version 4 quote. */
const SIGNATURE = 636
const QE_SIGNATURE = 1154
const ORDER = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex")

const otherKey = createSigningKey(SEED, "another attestation key")

export const crypto: Group = {
  "everything as it should be": ["accept", {}],
  "another attestation key, named by the QE": ["accept", { quote: { attestationKey: otherKey } }],
  "a bit of the header": ["quote_signature", flip(30)],
  "a bit of MRTD": ["quote_signature", flip(184)],
  "a bit of REPORTDATA": ["quote_signature", flip(631)],
  "a bit of the signature": ["quote_signature", flip(SIGNATURE + 20)],
  "a bit of the attestation key": ["attestation_key_binding", flip(700)],
  "a bit of the QE report": ["qe_report_signature", flip(770)],
  "a bit of the QE report's signature": ["qe_report_signature", flip(QE_SIGNATURE + 20)],
  "a bit of the QE authentication data": ["attestation_key_binding", flip(1220)],
  "r of 0": ["quote_signature", scalar(SIGNATURE, Buffer.alloc(32))],
  "s of 0": ["quote_signature", scalar(SIGNATURE + 32, Buffer.alloc(32))],
  "r of n": ["quote_signature", scalar(SIGNATURE, ORDER)],
  "s of n": ["quote_signature", scalar(SIGNATURE + 32, ORDER)],
  "s of 2^256 - 1": ["quote_signature", scalar(SIGNATURE + 32, Buffer.alloc(32, 0xff))],
  "r of 0 in the QE report's signature": [
    "qe_report_signature",
    scalar(QE_SIGNATURE, Buffer.alloc(32)),
  ],
  "s of the other half, which is as good": ["accept", { patchQuote: mirror }],
  "an attestation key off the curve, named by the QE": [
    "attestation_key_binding",
    { quote: { attestationKey: { ...otherKey, publicKey: offCurve(otherKey.publicKey) } } },
  ],
  "a QE report that names another key": [
    "attestation_key_binding",
    { quote: { qeReport: { reportData: "11".repeat(32).padEnd(128, "0") } } },
  ],
  "a QE report that says more than the key": ["attestation_key_binding", tail],
  "the QE data of another quote": ["attestation_key_binding", swapQeData],
  "the PCK of another machine": ["qe_report_signature", otherPck],
}

/** Of the same parity, so that who looks at x and parity alone sees the key that signs. */
function offCurve(publicKey: Uint8Array): Uint8Array {
  return publicKey.with(63, (publicKey[63] ?? 0) ^ 2)
}

function flip(at: number): ScenarioChanges {
  return {
    patchQuote: (quote) => {
      quote[at] = (quote[at] ?? 0) ^ 1
      return quote
    },
  }
}

function scalar(at: number, value: Buffer): ScenarioChanges {
  return {
    patchQuote: (quote) => {
      value.copy(quote, at)
      return quote
    },
  }
}

/** s becomes n - s. */
function mirror(quote: Buffer): Buffer {
  const read = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`)
  const s = read(quote.subarray(SIGNATURE + 32, SIGNATURE + 64))
  quote.write((read(ORDER) - s).toString(16).padStart(64, "0"), SIGNATURE + 32, "hex")
  return quote
}

function tail(): ScenarioChanges {
  const { publicKey } = usualPki().keyOf("attestation")
  const qeAuthData = new Uint8Array(32)
  const bound = createHash("sha256").update(publicKey).update(qeAuthData).digest("hex")
  return { quote: { qeAuthData, qeReport: { reportData: `${bound}${"00".repeat(31)}01` } } }
}

/** Signed by another key than the QE report names: each half is genuine. */
function swapQeData(now: number): ScenarioChanges {
  const other = createScenario(now, { quote: { attestationKey: otherKey } }).quote
  return {
    patchQuote: (quote) => Buffer.concat([other.slice(0, 764), quote.subarray(764)]),
  }
}

function otherPck(): ScenarioChanges {
  return { quote: { chain: chainOf(createPki(SEED, { otherKeys: ["pck"] })) } }
}
