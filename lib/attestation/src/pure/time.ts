/** Dates as Intel writes them, strict: another spelling of a date is a refusal, never a NaN. */
import { type Der, isNext, malformed, TAG, take } from "./der.ts"

/** Unix seconds of `2026-08-13T10:45:38Z`; undefined where the text is not that. */
export function readIsoDate(text: string): number | undefined {
  const milliseconds = text.length === 20 && text[19] === "Z" ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) return undefined
  // 30 February and the like are other dates when written again.
  if (new Date(milliseconds).toISOString() !== `${text.slice(0, 19)}.000Z`) return undefined
  return milliseconds / 1000
}

/** UTCTime up to 2049, GeneralizedTime after that (RFC 5280, 4.1.2.5); Unix seconds. */
export function takeTime(der: Der, latin1: (bytes: Uint8Array) => string): number {
  const isShort = isNext(der, TAG.utcTime)
  const text = latin1(take(der, isShort ? TAG.utcTime : TAG.generalizedTime))
  const digits = isShort ? `${text < "5" ? "20" : "19"}${text}` : text
  if (digits.length !== 15) throw malformed(der)
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)]
  const [hour, minute, second] = [digits.slice(8, 10), digits.slice(10, 12), digits.slice(12)]
  const seconds = readIsoDate(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
  if (seconds === undefined) throw malformed(der)
  return seconds
}
