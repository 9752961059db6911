/** Texts as Rust's `Debug` writes them, for those who compare error strings with nearcore's. */

const ESCAPES: Record<string, string> = {
  "\0": "\\0",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
}

export function debugString(text: string): string {
  return `"${Array.from(text, debugCharacter).join("")}"`
}

export function debugFields(fields: Record<string, string | bigint>): string {
  const entries = Object.entries(fields)
  if (entries.length === 0) return ""
  const texts = entries.map(
    ([name, value]) => `${name}: ${typeof value === "string" ? debugString(value) : value}`,
  )
  return ` { ${texts.join(", ")} }`
}

function debugCharacter(character: string): string {
  const escape = ESCAPES[character]
  if (escape !== undefined) return escape
  // Others, separators but for the space, and marks that would join the character before them.
  if (!/[\p{C}\p{Z}\p{Mn}\p{Me}]/u.test(character) || character === " ") return character
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
