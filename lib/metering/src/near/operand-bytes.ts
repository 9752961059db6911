/**
 * How many bytes of operands finite-wasm 0.6 sees at most in a function. Its bookkeeping is coarser than validation and its quirks
 * are consensus: operators take and give by number, so that `call_indirect`, which takes its parameters but not its table index,
 * leaves an operand behind until the block ends; and dead code is not looked at.
 */
import { BULK, kinds, MEMORY, operands, PLAIN, results } from "../binary/opcodes.ts"
import { sizeOfType } from "../binary/value-types.ts"

const OPCODES = kinds.length
/** How many operands an operator takes away, and the size of what it then gives, or 0. */
const takes = new Uint8Array(OPCODES)
const gives = new Uint8Array(OPCODES)
for (let opcode = 0; opcode < OPCODES; opcode += 1) describe(opcode)

export class OperandBytes {
  #sizes = new Uint8Array(1024)
  #height = 0
  #bytes = 0
  highest = 0

  get height(): number {
    return this.#height
  }

  start(): void {
    this.#height = 0
    this.#bytes = 0
    this.highest = 0
  }

  /** An operator of a fixed signature. */
  operator(opcode: number): void {
    this.take(takes[opcode] as number)
    const size = gives[opcode] as number
    if (size > 0) this.#giveSize(size)
  }

  give(type: number): void {
    this.#giveSize(sizeOfType(type))
  }

  giveAll(types: Uint8Array): void {
    for (let index = 0; index < types.length; index += 1) this.give(types[index] as number)
  }

  take(count: number): void {
    for (let left = Math.min(count, this.#height); left > 0; left -= 1) {
      this.#height -= 1
      this.#bytes -= this.#sizes[this.#height] as number
    }
  }

  /** A block has ended: what it left behind is gone. */
  resetTo(height: number): void {
    this.take(this.#height - height)
  }

  #giveSize(size: number): void {
    if (this.#height === this.#sizes.length) {
      const larger = new Uint8Array(this.#height * 2)
      larger.set(this.#sizes)
      this.#sizes = larger
    }
    this.#sizes[this.#height] = size
    this.#height += 1
    this.#bytes += size
    if (this.#bytes > this.highest) this.highest = this.#bytes
  }
}

function describe(opcode: number) {
  const kind = kinds[opcode]
  if (kind !== PLAIN && kind !== MEMORY) return
  const count = [0, 1, 2].filter((place) => operands[3 * opcode + place] !== 0).length
  const result = results[opcode] as number
  if (kind === PLAIN && isUnary(opcode)) return
  if (kind === PLAIN && count === 2 && !isComparison(opcode)) {
    takes[opcode] = 1
    return
  }
  takes[opcode] = count
  gives[opcode] = result === 0 ? 0 : sizeOfType(result)
}

function isComparison(opcode: number): boolean {
  return opcode >= 0x45 && opcode <= 0x66
}

/** From a type to the same, conversions apart. */
function isUnary(opcode: number): boolean {
  if (opcode >= 0xa7 && opcode < BULK + 8) return false
  return (
    operands[3 * opcode + 1] === 0 &&
    operands[3 * opcode] === results[opcode] &&
    !isComparison(opcode)
  )
}
