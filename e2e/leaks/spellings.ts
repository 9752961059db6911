/** How a secret could stand in a log: in each of the ways in which bytes and texts are written down. */
import { base58Of } from "@outlayer/protocol/pure"

/** Quadratic, and for nothing but keys. */
const MAX_BASE58_BYTES = 128

/** `secret`: a text, or bytes that are none. */
export function spellings(secret: string | Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret)
  const texts = [
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    ...inBase64(bytes, "base64"),
    ...inBase64(bytes, "base64url"),
    ...(bytes.length <= MAX_BASE58_BYTES ? [base58Of(bytes)] : []),
    ...(typeof secret === "string"
      ? escaped(secret)
      : [[...bytes].join(","), [...bytes].join(", ")]),
  ]
  return [bytes, ...texts.map((text) => Buffer.from(text))]
}

/** At each of the three places where it can begin, without what shares bits with its neighbours. */
function inBase64(bytes: Uint8Array, alphabet: "base64" | "base64url"): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString(alphabet)
    return whole.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6))
  })
}

/** As JSON has it, JSON in JSON, both with or without ASCII alone, and a part of a URL. */
function escaped(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1)
  const twice = JSON.stringify(once).slice(1, -1)
  return [once, twice, inAscii(once), inAscii(twice), encodeURIComponent(text)]
}

function inAscii(text: string): string {
  return text.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
