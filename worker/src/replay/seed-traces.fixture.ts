/** Whether something that others see tells a seed, or lets them confirm what they guess of it. */
import { createHash, getHashes } from "node:crypto"

const ENCODINGS = ["hex", "base64", "base64url"] as const

/** What can be made of the seed alone: itself, and every hash that this machine knows, of its bytes and of its spellings. */
export function findTraces(seed: Uint8Array, seen: unknown): string[] {
  const text = JSON.stringify(seen, spell).toLowerCase()
  const bytes = Buffer.from(seed)
  const spellings = ENCODINGS.map((encoding) => Buffer.from(bytes.toString(encoding)))
  const made: [name: string, value: Buffer][] = [["seed", bytes]]
  for (const algorithm of getHashes().filter((name) => !/^shake/i.test(name)))
    for (const form of [bytes, ...spellings])
      made.push([algorithm, createHash(algorithm).update(form).digest()])
  const lists = [...seed].join()
  return [
    ...made.flatMap(([name, value]) =>
      ENCODINGS.filter((encoding) => text.includes(value.toString(encoding).toLowerCase())).map(
        (encoding) => `${name} in ${encoding}`,
      ),
    ),
    ...(text.includes(lists) ? ["seed as numbers"] : []),
  ]
}

/** Bytes as JSON does not have them, and numbers that it refuses. */
function spell(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value)
  if (value instanceof Error) return String(value.stack)
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex")
  return value
}
