import { createHmac, hkdfSync, randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { nodePrimitives } from "../sealing/node.ts"
import { hkdf, hmacSha512 } from "./index.ts"

const { sha512 } = nodePrimitives

test("HKDF and HMAC give what node:crypto gives", () => {
  for (let round = 0; round < 300; round += 1) {
    const [secret, salt, info] = [draw(200), draw(200), draw(200)]
    const length = 1 + Math.floor(Math.random() * 300)
    expect(Buffer.from(hkdf(sha512, { secret, salt, info, length }))).toEqual(
      Buffer.from(hkdfSync("sha512", secret, salt, info, length)),
    )
    expect(Buffer.from(hmacSha512(sha512, salt, info))).toEqual(
      createHmac("sha512", salt).update(info).digest(),
    )
  }
})

test("a length beyond what HKDF can give is refused", () => {
  const inputs = { secret: draw(32), salt: draw(32), info: draw(32) }
  for (const length of [0, 255 * 64 + 1]) {
    expect(() => hkdf(sha512, { ...inputs, length })).toThrow(RangeError)
  }
})

function draw(below: number): Uint8Array {
  return new Uint8Array(randomBytes(Math.floor(Math.random() * below)))
}
