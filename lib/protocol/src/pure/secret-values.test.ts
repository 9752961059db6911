import { expect, test } from "vitest"
import { nodePrimitives } from "../sealing/node.ts"
import {
  decodeSecretValues,
  encodeSecretValues,
  RESERVED_ENV_NAMES,
  requireSecretValues,
  SealingError,
} from "./index.ts"

const encode = (values: Record<string, string>) => encodeSecretValues(nodePrimitives, values)
const decode = (padded: Uint8Array) => decodeSecretValues(nodePrimitives, padded)

test("whatever can be encoded is decoded to the same", () => {
  for (let round = 0; round < 500; round += 1) {
    const names = Array.from({ length: round % 20 }, (_, i) => `NAME_${i}`)
    const values = Object.fromEntries(names.map((name) => [name, drawText(round)]))
    const padded = encode(values)
    expect([256, 512, 1024, 2048, 4096, 8192, 16_128]).toContain(padded.length)
    expect(decode(padded)).toEqual(values)
  }
})

test("a name that the system sets is refused when sealing and when opening", () => {
  const reserved = [...RESERVED_ENV_NAMES, "PATH", "NEAR_ANYTHING", "near_sender_id", "LD_PRELOAD"]
  for (const name of [...reserved, "NODE_OPTIONS", "HOME", "OUTLAYER_X"]) {
    expect(codeOf(() => encode({ [name]: "x" }))).toBe("secret_name_reserved")
    expect(codeOf(() => decode(forge(JSON.stringify({ [name]: "x" }))))).toBe(
      "secret_name_reserved",
    )
  }
  for (const name of ["OPENAI_KEY", "PATHS", "NEARBY", "MY_PATH", "HOME_URL", "_x1"]) {
    expect(decode(encode({ [name]: "x" }))).toEqual({ [name]: "x" })
  }
})

test("names and values that no environment holds are refused", () => {
  for (const name of ["", "1A", "A-B", "A=B", "A B", "Ä", "A\0", "A".repeat(129)]) {
    expect(codeOf(() => encode({ [name]: "x" }))).toBe("secret_name_invalid")
  }
  for (const value of ["a\0b", "\ud800", 7, null, {}, ["x"], undefined]) {
    expect(codeOf(() => requireSecretValues({ A: value }))).toBe("secret_value_invalid")
  }
  for (const values of [null, "x", 7, ["x"], undefined]) {
    expect(codeOf(() => requireSecretValues(values))).toBe("secrets_malformed")
  }
})

test("more than fits is refused", () => {
  expect(codeOf(() => encode({ A: "x".repeat(16_128) }))).toBe("secrets_too_large")
  const many = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`A${i}`, ""]))
  expect(codeOf(() => encode(many))).toBe("secrets_too_large")
})

test("padding that was not made here is refused", () => {
  const whole = encode({ A: "x" })
  const dirty = whole.slice()
  dirty[255] = 1
  const long = whole.slice()
  new DataView(long.buffer).setUint32(0, 253)
  const malformed = [whole.slice(0, 255), new Uint8Array(0), dirty, long, forge("{"), forge("")]
  for (const padded of [...malformed, forge("[]"), forge('"x"'), forge("{}\ufeff")]) {
    expect(codeOf(() => decode(padded))).toBe("secrets_malformed")
  }
  const notUtf8 = forge("{}")
  notUtf8[4] = 0xff
  expect(codeOf(() => decode(notUtf8))).toBe("secrets_malformed")
  expect(decode(forge("{}"))).toEqual({})
})

test("no message quotes a secret", () => {
  const padded = forge('{"A":"hunter2"')
  expect(() => decode(padded)).toThrow(expect.not.stringContaining("hunter2"))
})

/** What somebody may seal with software of his own. */
function forge(json: string): Uint8Array {
  const padded = new Uint8Array(256)
  const bytes = Buffer.from(json)
  new DataView(padded.buffer).setUint32(0, bytes.length)
  padded.set(bytes, 4)
  return padded
}

function drawText(length: number): string {
  const units = ["a", "é", "😀", "\n", '"', "\\", "0", " ", "\u2028"]
  return Array.from(
    { length: Math.floor(Math.random() * length * 0.3) },
    () => units[Math.floor(Math.random() * units.length)],
  ).join("")
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof SealingError) return error.code
    throw error
  }
  return undefined
}
