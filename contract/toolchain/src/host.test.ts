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

test("signatures over a message are verified, and others refused", () => {
  const message = randomBytes(100)
  const ed25519 = generateKeyPairSync("ed25519")
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const signatures = [
    [sign(null, message, ed25519.privateKey), rawKey(ed25519.publicKey)],
    [
      sign("sha256", message, { key: p256.privateKey, dsaEncoding: "ieee-p1363" }),
      rawKey(p256.publicKey),
    ],
  ] as const

  for (const [signature, key] of signatures) {
    const verify = (signed: Uint8Array) => {
      const input = JSON.stringify([signature, signed, key].map((bytes) => hex(bytes)))
      return text(callOnVm(kitchen, "verify", input).returned)
    }
    expect(verify(message)).toBe("true")
    expect(verify(createHash("sha256").update(message).digest())).toBe("false")
  }
})

/** 32 bytes of Ed25519, or a compressed point of 33. */
function rawKey(key: KeyObject): Uint8Array {
  const { x = "", y } = key.export({ format: "jwk" })
  const point = Buffer.from(x, "base64url")
  if (y === undefined) return point
  const isOdd = (Buffer.from(y, "base64url").at(-1) ?? 0) & 1
  return Buffer.concat([Buffer.from([2 + isOdd]), point])
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}
