/** Reads a call's arguments. */
import { type Fields, readFields, readText as readAnyText } from "../../common/arguments.ts"

export {
  type Fields,
  isAbsent,
  readAccountId,
  readAmount,
  readFields,
  readFlag,
  readHex,
  readNanoseconds,
  readPage,
  readWhole,
} from "../../common/arguments.ts"

export function readArguments(value: unknown, known: readonly string[]): Fields {
  return readFields(value, "arguments", known)
}

/** What is stored, logged or parsed is never of any length. */
export function readText(value: unknown, what: string, maxLength: number): string {
  const text = readAnyText(value, what)
  if (text.length > maxLength) throw new Error(`${what} is longer than ${maxLength} characters`)
  return text
}
