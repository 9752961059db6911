/** Reads a call's arguments, and says of a retired name what replaces it. */
import { type Fields, readFields as readKnownFields } from "../../common/arguments.ts"

export {
  type Fields,
  isAbsent,
  readAccountId,
  readAmount,
  readFlag,
  readHex,
  readNanoseconds,
  readPage,
  readText,
  readWhole,
} from "../../common/arguments.ts"

const REPLACEMENTS = [
  ["data_id", "request_id"],
  ["error_message", "error"],
  ["per_mb_fee", "per_ms_fee"],
  ["per_second_fee", "per_ms_fee"],
  ["return_value", "output"],
] as const

/** An object with no field but the known ones. */
export function readFields(value: unknown, what: string, known: readonly string[]): Fields {
  return readKnownFields(value, what, known, REPLACEMENTS)
}
