/** Reads a call's arguments. What is wrong with one ends the call, and is said by its name. */

export type Fields = Readonly<Record<string, unknown>>

// As nearcore has it, with a length of 2 to 64: a name that it refuses would trap our callback.
const ACCOUNT_ID = /^(?:[a-z\d]+[-_])*[a-z\d]+(?:\.(?:[a-z\d]+[-_])*[a-z\d]+)*$/
const U128_END = 2n ** 128n
const U64_END = 2n ** 64n

/** An object with no field but the known ones. */
export function readFields(value: unknown, what: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be an object`)
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw new Error(`Unknown field in ${what}: ${name}`)
  }
  return value as Fields
}

export function readArguments(value: unknown, known: readonly string[]): Fields {
  return readFields(value, "arguments", known)
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

export function readText(value: unknown, what: string, maxLength: number): string {
  if (typeof value !== "string") throw new Error(`${what} ${missingOr(value, "must be a string")}`)
  if (value.length > maxLength) throw new Error(`${what} is longer than ${maxLength} characters`)
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

/** Nanoseconds since 1970, as decimal digits. */
export function readTime(value: unknown, what: string): bigint {
  const time = typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : U64_END
  if (time >= U64_END) throw new Error(`${what} ${missingOr(value, "must be nanoseconds")}`)
  return time
}

export function readAccountId(value: unknown, what: string): string {
  const id = readText(value, what, 1000)
  if (id.length < 2 || id.length > 64 || !ACCOUNT_ID.test(id)) {
    throw new Error(`${what} is not an account id: ${id.slice(0, 80)}`)
  }
  return id
}

/** So many bytes in hex; lower case comes back. */
export function readHex(value: unknown, what: string, bytes: number): string {
  const text = readText(value, what, bytes * 2).toLowerCase()
  if (text.length !== bytes * 2 || !/^[\da-f]*$/.test(text)) {
    throw new Error(`${what} must be ${bytes} bytes in hex`)
  }
  return text
}

export interface Page {
  from: number
  limit: number
}

export function readPage(fields: Fields, maxLimit: number): Page {
  const { from_index: from, limit } = fields
  return {
    from: isAbsent(from) ? 0 : readWhole(from, "from_index"),
    limit: isAbsent(limit) ? maxLimit : Math.min(readWhole(limit, "limit"), maxLimit),
  }
}

function missingOr(value: unknown, complaint: string): string {
  return isAbsent(value) ? "is missing" : complaint
}
