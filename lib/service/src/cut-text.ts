/** At most `maxBytes` of UTF-8, never half a character; halves of surrogate pairs are replaced. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return bytes.toString()
  // A character that was cut in two becomes one replacement character.
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/, "")
}
