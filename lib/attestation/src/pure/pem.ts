/** PEM chains (RFC 7468), with nothing between the certificates or after them but line ends. */
import type { Primitives } from "./primitives.ts"
import { Refusal } from "./refusal.ts"

const BEGIN = "-----BEGIN CERTIFICATE-----"
const END = "-----END CERTIFICATE-----"

/** The DER of exactly `count` certificates. */
export function readPem(
  { decodeBase64 }: Primitives,
  text: string,
  count: number,
): readonly Uint8Array[] {
  const certificates: Uint8Array[] = []
  let at = 0
  while (at < text.length) {
    const end = text.indexOf(END, at)
    if (!text.startsWith(BEGIN, at) || end < 0) throw malformed("no certificate where one must be")
    const der = decodeBase64(withoutLineEnds(text.slice(at + BEGIN.length, end)))
    if (!der) throw malformed("not base64")
    certificates.push(der)
    if (certificates.length > count) break
    at = end + END.length
    while (text[at] === "\n" || text[at] === "\r") at += 1
  }
  if (certificates.length !== count) throw malformed(`not ${count} certificates`)
  return certificates
}

function withoutLineEnds(text: string): string {
  return text.split("\r").join("").split("\n").join("")
}

function malformed(detail: string): Refusal {
  return new Refusal("malformed_certificate_chain", detail)
}
