/** Reads a call's arguments. What is wrong with one ends the call, and is said by its name. */
import { isAccountId, LIMITS } from "@outlayer/protocol/pure"

export type Fields = Readonly<Record<string, unknown>>

/** Names that users of the public system may still send, and what to send now. */
export type Replacements = readonly (readonly [retired: string, use: string])[]

const U64_END = 2n ** 64n
const U128_END = 2n ** 128n

/** An object with no field but the known ones. */
export function readFields(
  value: unknown,
  what: string,
  known: readonly string[],
  replacements: Replacements = [],
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be an object`)
  }
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    const replacement = replacements.find(([retired]) => retired === name)
    throw new Error(
      replacement
        ? `${name} is retired: use ${replacement[1]}`
        : `Unknown field in ${what}: ${name}`,
    )
  }
  return value as Fields
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

export function readText(value: unknown, what: string): string {
  if (typeof value !== "string") throw new Error(`${what} ${missingOr(value, "must be a string")}`)
  return value
}

export function readFlag(value: unknown, what: string): boolean {
  if (typeof value !== "boolean") {
    throw new Error(`${what} ${missingOr(value, "must be true or false")}`)
  }
  return value
}

/** A whole number below 2^53, as a number or as decimal digits. */
export function readWhole(value: unknown, what: string): number {
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
    throw new Error(`${what} ${missingOr(value, "must be a whole number")}`)
  }
  return number
}

/** Yocto NEAR, as decimal digits: a JSON number would lose the last ones. */
export function readAmount(value: unknown, what: string): bigint {
  const amount = typeof value === "string" && /^\d{1,39}$/.test(value) ? BigInt(value) : U128_END
  if (amount >= U128_END) {
    throw new Error(
      `${what} ${missingOr(value, "must be yoctoNEAR in decimal digits, as a string")}`,
    )
  }
  return amount
}

export function readAccountId(value: unknown, what: string): string {
  const id = readText(value, what)
  if (!isAccountId(id)) throw new Error(`${what} is not an account id: ${id.slice(0, 80)}`)
  return id
}

/** Nanoseconds since 1970, as decimal digits. */
export function readNanoseconds(value: unknown, what: string): bigint {
  const time = typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : U64_END
  if (time < U64_END) return time
  throw new Error(
    `${what} ${missingOr(value, "must be nanoseconds in decimal digits, as a string")}`,
  )
}

/** In lower case, whatever case it came in. */
export function readHex(value: unknown, what: string, bytes: number): string {
  const text = readText(value, what)
  if (text.length === 2 * bytes && /^[\da-f]+$/i.test(text)) return text.toLowerCase()
  throw new Error(`${what} must be ${bytes} bytes in hex`)
}

/** Of a list: `from_index`, else its beginning, and `limit`, at most a page's. */
export function readPage(
  fields: Fields,
  pageItems: number = LIMITS.pageItems,
): { from: number; limit: number } {
  const { from_index: from, limit } = fields
  const asked = isAbsent(limit) ? pageItems : readWhole(limit, "limit")
  return {
    from: isAbsent(from) ? 0 : readWhole(from, "from_index"),
    limit: Math.min(asked, pageItems),
  }
}

function missingOr(value: unknown, complaint: string): string {
  return isAbsent(value) ? "is missing" : complaint
}
