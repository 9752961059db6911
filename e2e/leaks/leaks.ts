/** Looks for secrets in whatever processes have printed and stored. */
import { findPrivateKeys, keysIn } from "./private-keys.ts"
import { spellings } from "./spellings.ts"

/** Bytes or text that only those may have who need it. */
export interface Secret {
  name: string
  value: string | Uint8Array
}

/** What came from where. */
export interface Place {
  name: string
  content: string | Uint8Array
}

/**
 * Which of the secrets stands in which place; and each private key whose public half is anywhere in
 * the places, or in `shown`.
 */
export function findLeaks(
  places: readonly Place[],
  secrets: readonly Secret[],
  shown = "",
): string[] {
  const wanted = secrets.map(({ name, value }) => ({ name, spellings: spellings(value) }))
  const searched = places.map(({ name, content }) => {
    const bytes = Buffer.from(content)
    return { name, bytes, text: bytes.toString("latin1") }
  })
  const shownKeys = keysIn([...searched.map(({ text }) => text), shown])
  return searched.flatMap(({ name: place, bytes, text }) => {
    const known = wanted.filter(({ spellings: ways }) => ways.some((way) => bytes.includes(way)))
    const keys = findPrivateKeys(text, shownKeys)
    return [
      ...known.map(({ name }) => `${name} in ${place}`),
      ...keys.map((key) => `a private key in ${place}: ${key.slice(0, 6)}…`),
    ]
  })
}
