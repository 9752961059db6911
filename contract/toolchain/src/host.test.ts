import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { beforeAll, expect, test } from "vitest"
import { callOnVm } from "./call-on-vm.ts"
import { coldBuildMs, fixture } from "./fixture.ts"
import { buildContract } from "./index.ts"

let kitchen: Uint8Array

beforeAll(async () => {
  kitchen = await buildContract(fixture("kitchen"))
}, coldBuildMs)

test("the clock is the block's, and has no time zone", () => {
  const { returned } = callOnVm(kitchen, "clock", "", {
    blockTimestamp: 1_700_000_000_123_456_789n,
  })

  expect(text(returned)).toBe('[1700000000123,0,"2023-11-14T22:13:20.123Z"]')
})

test("Math.random is not there to be predicted", () => {
  expect(callOnVm(kitchen, "random").error).toContain("TypeError: not a function")
})

test.for([0n, 1n, 2n ** 64n - 1n, 2n ** 64n, 10n ** 24n + 1n, 2n ** 128n - 2n ** 90n])(
  "%s yocto come in and go out whole",
  (amount) => {
    const { returned } = callOnVm(kitchen, "deposit", "", {
      attachedDeposit: amount,
      accountBalance: 0n,
    })
    const { receipts } = callOnVm(kitchen, "transfer", `${amount}`, { accountBalance: amount })

    expect(text(returned)).toBe(`${amount}`)
    expect(receipts[0]?.actions).toEqual([{ type: "transfer", deposit: amount }])
  },
)

test("an amount that is no u128 is refused before the host sees it", () => {
  for (const amount of [-1n, 2n ** 128n])
    expect(callOnVm(kitchen, "transfer", `${amount}`).error).toContain(
      "TypeError: promise_batch_action_transfer: argument 2 is not a u128",
    )
})

test("a call pauses, and another resumes it", () => {
  const paused = callOnVm(kitchen, "pause", "what for")
  const resumed = callOnVm(kitchen, "resume", "an answer")

  expect(paused.error).toBeUndefined()
  expect(paused.logs).toEqual(["07".repeat(32)])
  expect(paused.receipts[0]?.isPromiseYield).toBe(true)
  expect(text(resumed.returned)).toBe("true")
  expect(resumed.resumes.map(({ payload }) => text(payload))).toEqual(["an answer"])
})

test("a contract knows its chain", () => {
  expect(text(callOnVm(kitchen, "chain", "", { chainId: "testnet" }).returned)).toBe("testnet")
})

const message = randomBytes(100)
const ed25519 = generateKeyPairSync("ed25519")
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" })
const point = coordinatesOf(p256.publicKey)
const signatures = {
  ed25519: [sign(null, message, ed25519.privateKey), coordinatesOf(ed25519.publicKey)],
  "p256, compressed": [signP256(message), compress(point)],
  "p256, both coordinates": [signP256(message), point],
} as const

test.for(Object.entries(signatures))("%s: a signature is verified", ([name, [signature, key]]) => {
  expect(verify(name, signature, message, key)).toBe("true")
})

test.for(Object.entries(signatures))("%s: no other is", ([name, [signature, key]]) => {
  const digest = createHash("sha256").update(message).digest()
  expect(verify(name, signature, digest, key)).toBe("false")
  expect(verify(name, flipped(signature, 0), message, key)).toBe("false")
  expect(verify(name, flipped(signature, 40), message, key)).toBe("false")
  expect(verify(name, signature, message, flipped(key, 20))).toBe("false")
})

test.for(Object.entries(signatures))(
  "%s: a key or signature of another length is no error, and verifies nothing",
  ([name, [signature, key]]) => {
    for (const bytes of [0, 1, 31, 34, 65, 128]) {
      expect(verify(name, signature, message, Buffer.alloc(bytes, 4))).toBe("false")
      expect(verify(name, Buffer.alloc(bytes, 4), message, key)).toBe("false")
    }
  },
)

test("the other half of a point is another key", () => {
  const [signature, key] = signatures["p256, both coordinates"]
  expect(verify("p256", signature, message, flipped(key, 63))).toBe("false")
})

function verify(name: string, ...parts: Uint8Array[]): string {
  const method = name.startsWith("p256") ? "p256" : "ed25519"
  return text(callOnVm(kitchen, method, JSON.stringify(parts.map(hex))).returned)
}

function signP256(signed: Uint8Array): Buffer {
  return sign("sha256", signed, { key: p256.privateKey, dsaEncoding: "ieee-p1363" })
}

/** 32 bytes of Ed25519, 64 of P-256. */
function coordinatesOf(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" })
  return Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")])
}

function compress(xy: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([2 + ((xy[63] ?? 0) & 1)]), xy.subarray(0, 32)])
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}
