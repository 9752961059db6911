import { readU32 } from "./bytes.ts"

export interface Instruction {
  readonly opcode: number
  /** Where it begins in the body, and where the next one does. */
  readonly at: number
  readonly next: number
  /** The first immediate of a call, local or global operator. */
  readonly index: number
}

/** Immediates of the operators that clang gives us (core specification, 5.4), other than none. */
const immediates: Record<number, "byte" | "leb" | "two lebs" | "table" | 4 | 8> = {
  ...fill([0x02, 0x03, 0x04], "byte"),
  ...fill([0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40, 0x41, 0x42], "leb"),
  0x0e: "table",
  0x11: "two lebs",
  ...fill(
    Array.from({ length: 0x3e - 0x28 + 1 }, (_, i) => 0x28 + i),
    "two lebs",
  ),
  0x43: 4,
  0x44: 8,
  0xfc: "leb",
}

/** The operators of a function's body, locals skipped. */
export function* instructions(body: Uint8Array): Generator<Instruction> {
  let { value: groups, next: at } = readU32(body, 0)
  for (; groups > 0; groups -= 1) at = readU32(body, at).next + 1
  while (at < body.length) {
    const opcode = body[at] ?? 0
    const kind = immediates[opcode]
    let next = at + 1
    let index = 0
    if (kind === "byte") next += 1
    else if (typeof kind === "number") next += kind
    else if (kind === "leb" || kind === "two lebs") {
      ;({ value: index, next } = readLeb(body, next))
      const more = opcode === 0xfc ? bulkImmediates(index) : Number(kind === "two lebs")
      for (let left = more; left > 0; left -= 1) next = readLeb(body, next).next
    } else if (kind === "table") {
      let labels = readU32(body, next)
      next = labels.next
      for (let left = labels.value; left >= 0; left -= 1) next = readU32(body, next).next
    }
    yield { opcode, at, next, index }
    at = next
  }
}

/** Indices that follow a bulk memory or table operator's number. */
function bulkImmediates(operator: number): number {
  if (operator < 8) return 0
  return [8, 10, 12, 14].includes(operator) ? 2 : 1
}

/** Of up to 64 bits; the value is right for 32. */
function readLeb(body: Uint8Array, at: number): { value: number; next: number } {
  let next = at
  while ((body[next] ?? 0) >= 128) next += 1
  return next - at < 5 ? readU32(body, at) : { value: 0, next: next + 1 }
}

function fill<T>(opcodes: readonly number[], kind: T): Record<number, T> {
  return Object.fromEntries(opcodes.map((opcode) => [opcode, kind]))
}
