import { AccountId, type SealedTranscript } from "@outlayer/protocol"
import { base58Of } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { expect, test } from "vitest"
import { readSecretKey, sealingKeyOf } from "./account-keys.ts"
import { record, type Recording } from "./record.ts"
import { openTranscript, sealTranscript } from "./seal.ts"

/** Seeds and public keys of RFC 8032's first two tests, in NEAR's form. */
const CALLER = readSecretKey("ed25519:BbMQkQYZspmkytduTWvXEtc4mMURjsekJDvty2WtKeSb")
const OWNER = readSecretKey("ed25519:6AoKS5iPKnvmJrknxwLPvHMcMR8jPxQVqT5wbrUnJNQz")
const SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
const PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
const EXPIRY = "2030-01-01T00:00:00.000Z"

const caller = { accountId: AccountId.parse("caller.near"), publicKeys: [CALLER.publicKey] }
const owner = { accountId: AccountId.parse("owner.near"), publicKeys: [OWNER.publicKey] }

test("a seed alone and one with its public key behind it are one key", () => {
  const { publicKey } = CALLER
  const long = base58Of(Buffer.from(`${SEED}${PUBLIC}`, "hex"))

  expect(publicKey).toBe("ed25519:FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z")
  expect(readSecretKey(`ed25519:${long}\n`)).toEqual(CALLER)
  const pair = nodePrimitives.importAgreementKey(CALLER.x25519SecretKey)
  expect(sealingKeyOf(publicKey)).toEqual(pair.publicKey)
  expect(() => readSecretKey("ed25519:abc")).toThrow("secret key")
  expect(() => readSecretKey("secp256k1:abc")).toThrow("secret key")
})

test("both read what both may know, and the owner alone his secrets and the draws", () => {
  const recording = recordingWith({ KEY: "s3cret" })
  const sealed = seal(recording, { all: [caller, owner], owner })

  expect(openTranscript(sealed, OWNER)).toMatchObject({
    shared: recording.shared,
    private: recording.private,
  })
  const asCaller = openTranscript(sealed, CALLER)
  expect(asCaller).toMatchObject({ shared: recording.shared, private: null })
  expect(asCaller.shared?.draws).toBeNull()
  expect(JSON.stringify([sealed, asCaller])).not.toContain("s3cret")
})

test("without secrets the caller has all there is", () => {
  const recording = recordingWith({})
  const sealed = seal(recording, { all: [caller], owner: undefined })

  expect(openTranscript(sealed, CALLER).shared).toEqual(recording.shared)
  expect(sealed.private).toBeNull()
  expect(() => openTranscript(sealed, OWNER)).toThrow("not sealed to")
})

test("each of an account's keys opens it, and what is no key is passed over", () => {
  const keys = [CALLER.publicKey, OWNER.publicKey, `ed25519:${"1".repeat(32)}`, "ed25519:x"]
  const all = [{ ...caller, publicKeys: keys }]
  const sealed = seal(recordingWith({}), { all, owner: undefined })

  expect(sealed.shared.keys).toHaveLength(2)
  expect(openTranscript(sealed, OWNER).shared).not.toBeNull()
})

test("a part that was altered, or comes from another transcript, does not open", () => {
  const sealed = seal(recordingWith({}), { all: [caller], owner: undefined })
  const other = seal(recordingWith({}), { all: [caller], owner: undefined })
  const { shared } = sealed
  const bytes = Buffer.from(shared.box, "base64")
  bytes[40] = (bytes[40] ?? 0) ^ 1

  const altered = { ...sealed, shared: { ...shared, box: bytes.toString("base64") } }
  expect(() => openTranscript(altered, CALLER)).toThrow("altered")
  const moved = { ...sealed, shared: other.shared }
  expect(() => openTranscript(moved, CALLER)).toThrow("another context")
})

test("what is too large is not kept", () => {
  const recording = recordingWith({})
  const noise = crypto.getRandomValues(new Uint8Array(60_000))
  const piece = Buffer.from(noise).toString("base64")
  // Farther apart than gzip looks back.
  recording.shared.arguments = Array.from({ length: 100 }, (_, index) => `${index}${piece}`)

  expect(sealTranscript(recording, { all: [caller], owner: undefined }, EXPIRY)).toBeUndefined()
})

function seal(recording: Recording, to: Parameters<typeof sealTranscript>[1]): SealedTranscript {
  const sealed = sealTranscript(recording, to, EXPIRY)
  if (!sealed) throw new Error("not sealed")
  return JSON.parse(JSON.stringify(sealed)) as SealedTranscript
}

function recordingWith(secrets: Record<string, string>): Recording {
  return record({
    request: null,
    program: { wasm: new Uint8Array(8), hash: "" },
    input: { stdin: Buffer.from("in"), environment: { A: "1" } },
    secrets,
    limits: { maxInstructions: 1n, maxMemoryMb: 1, maxExecutionMs: 1, maxOutputBytes: 1 },
    http: [],
    execution: {
      outcome: { kind: "ok" },
      instructions: 1n,
      timeMs: 1,
      output: new Uint8Array(0),
      stderrTail: new Uint8Array(0),
      level: "process",
      engine: "e",
      record: {
        meteredHash: "0".repeat(64),
        seed: new Uint8Array(32).fill(7),
        wallClockNs: 1n,
        stdin: Buffer.from("in"),
      },
    },
  })
}
