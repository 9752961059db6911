export interface Range {
  min: bigint
  max: bigint
}

const INTEGER = String.raw`(-?(?:0|[1-9]\d*))`
const FIELD = String.raw`\s*"(min|max)"\s*:\s*${INTEGER}\s*`
const RANGE = new RegExp(`^\\s*\\{${FIELD},${FIELD}\\}\\s*$`)

/** Exactly the two fields, each a whole number of 64 bits as JSON writes it. */
export function readRange(text: string): Range {
  const [, name, one = "", otherName, other = ""] = RANGE.exec(text) ?? []
  if (name === undefined || name === otherName) throw new Error('expected {"min": 1, "max": 6}')
  const [min, max] = name === "min" ? [BigInt(one), BigInt(other)] : [BigInt(other), BigInt(one)]
  for (const bound of [min, max]) {
    if (BigInt.asIntN(64, bound) !== bound) throw new Error(`${bound} has more than 64 bits`)
  }
  if (min > max) throw new Error("min is above max")
  return { min, max }
}
