/** Signed JSON, read field by field: a field of another type is a refusal. */
import { Refusal } from "./refusal.ts"
import { readIsoDate } from "./time.ts"

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Compact JSON as Intel signs it. What is not written again exactly as it stands is refused: of a key
 * that occurs twice one reader takes the first value and another the last.
 */
export function parseSigned(text: string, what: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed(`${what} is not JSON`)
  }
  if (JSON.stringify(value) !== text) {
    throw malformed(`${what} is not compact, or has a key twice`)
  }
  return toObject(value, what)
}

function toObject(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`${what} is not an object`)
  }
  return value as JsonObject
}

export function readObject(object: JsonObject, key: string): JsonObject {
  return toObject(object[key], key)
}

export function readList(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key]
  if (!Array.isArray(value)) throw malformed(`${key} is not a list`)
  return value.map((item) => toObject(item, key))
}

export function readText(object: JsonObject, key: string): string {
  const value = object[key]
  if (typeof value !== "string") throw malformed(`${key} is not text`)
  return value
}

export function readInteger(object: JsonObject, key: string, maximum: number): number {
  const value = object[key]
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > maximum) {
    throw malformed(`${key} is not a whole number up to ${maximum}`)
  }
  return value
}

/** Lower case. */
export function readHex(object: JsonObject, key: string, bytes: number): string {
  const value = readText(object, key)
  if (value.length !== bytes * 2 || !/^[0-9A-Fa-f]*$/.test(value)) {
    throw malformed(`${key} is not ${bytes} bytes of hex`)
  }
  return value.toLowerCase()
}

/** Unix seconds. */
export function readDate(object: JsonObject, key: string): number {
  const seconds = readIsoDate(readText(object, key))
  if (seconds === undefined) throw malformed(`${key} is not a date`)
  return seconds
}

/** A value for the detail of a refusal: of any type, so not by its own `toString`. */
export function show(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 40)
}

export function malformed(detail: string): Refusal {
  return new Refusal("collateral_malformed", detail)
}
