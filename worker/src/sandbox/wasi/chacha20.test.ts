import { createCipheriv, randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { ChaCha20 } from "./chacha20.guest.ts"

test("the stream is that of RFC 8439, appendix A.1", () => {
  const stream = new Uint8Array(128)
  new ChaCha20(new Uint8Array(32)).fill(stream)

  // Test vectors 1 and 2: key and nonce zero, counters 0 and 1.
  expect(Buffer.from(stream).toString("hex")).toBe(
    "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
      "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" +
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
      "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
  )
})

test("however it is drawn, it is OpenSSL's stream", () => {
  const key = randomBytes(32)
  const cipher = createCipheriv("chacha20", key, Buffer.alloc(16))
  const random = new ChaCha20(key)

  for (const length of [1, 63, 64, 65, 0, 200, 7]) {
    const drawn = new Uint8Array(length)
    random.fill(drawn)
    expect(Buffer.from(drawn)).toEqual(cipher.update(Buffer.alloc(length)))
  }
})

test("a key of another length is refused", () => {
  expect(() => new ChaCha20(new Uint8Array(31))).toThrow("31 bytes")
})
