/** What NEAR signs is written in Borsh: https://borsh.io */

export function borshText(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([borshNumber(BigInt(bytes.length), 4), bytes])
}

/** Little-endian. */
export function borshNumber(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex").reverse()
}
