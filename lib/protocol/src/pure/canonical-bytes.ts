/** The one layout of whatever is hashed, signed or bound into a key: never JSON. */

/** Bytes become lower-case hex, numbers decimal, a list one field made of its elements. */
export type CanonicalField =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly string[]
  | null

/**
 * The ASCII tag and `;`, then every field in its fixed order, each as `length:text;`, an absent one
 * as `-;`. Lengths count UTF-16 units, so that a contract needs no loop over a long text.
 * The tag says how many fields follow and of which types; for well-formed texts (no lone
 * surrogates, which UTF-8 cannot carry) no two lists of fields share their bytes.
 */
export function canonicalText(tag: string, fields: readonly CanonicalField[]): string {
  if (!/^[a-z0-9-]+$/.test(tag)) throw new RangeError(`not a canonical tag: ${tag}`)
  return `${tag};${fields.map(encodeField).join("")}`
}

/** The same in UTF-8. */
export function canonicalBytes(
  utf8: (text: string) => Uint8Array,
  tag: string,
  fields: readonly CanonicalField[],
): Uint8Array {
  return utf8(canonicalText(tag, fields))
}

/** Lower case. */
export function hexOf(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16)
  return text
}

function encodeField(field: CanonicalField): string {
  if (field === null) return "-;"
  const text = typeof field === "string" ? field : textOf(field)
  return `${text.length}:${text};`
}

function textOf(field: Exclude<CanonicalField, string | null>): string {
  if (typeof field === "number") {
    if (!Number.isSafeInteger(field)) throw new RangeError(`not an integer: ${field}`)
    return String(field)
  }
  if (typeof field === "bigint" || typeof field === "boolean") return String(field)
  return field instanceof Uint8Array ? hexOf(field) : field.map(encodeField).join("")
}
