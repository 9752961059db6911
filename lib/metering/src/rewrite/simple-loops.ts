/**
 * Simple loops (`docs/fuel.md`) settle outside of themselves, so that V8 keeps this off their path: a turn costs a subtraction, and a
 * branch that is not taken.
 *
 *     loop                      mark = copy - (amount + most)
 *       block block
 *         loop ... end          a turn: copy -= amount, out with br_if 1 where that is below the mark
 *         br 1
 *       end                     counter = copy, unreachable where that is below zero, copy += amount
 *       br 1
 *       end
 *     end
 */
import type { CodeWriter } from "./code-writer.ts"

const BLOCK = 0x02
const LOOP = 0x03
const END = 0x0b
const BRANCH = 0x0c
const NO_RESULT = 0x40

export interface SimpleLoop {
  /** The locals of the counter's copy and of the mark. */
  copy: number
  mark: number
  /** What a turn pays. */
  amount: number
  most: number
}

export function enterSimpleLoop(
  code: CodeWriter,
  type: Uint8Array,
  { copy, mark, amount, most }: SimpleLoop,
): void {
  code.byte(LOOP)
  code.copy(type)
  code.op(0x20, copy)
  code.i64(amount + most)
  code.byte(0x7d)
  code.op(0x21, mark)
  code.byte(BLOCK)
  code.copy(type)
  code.copy(Uint8Array.of(BLOCK, NO_RESULT, LOOP))
  code.copy(type)
}

export function payTurn(code: CodeWriter, { copy, mark, amount }: Omit<SimpleLoop, "most">): void {
  code.op(0x20, copy)
  code.i64(amount)
  code.byte(0x7d)
  code.op(0x22, copy)
  code.op(0x20, mark)
  code.byte(0x53)
  code.op(0x0d, 1)
}

export function leaveSimpleLoop(code: CodeWriter, { copy, amount }: SimpleLoop): void {
  code.copy(Uint8Array.of(END, BRANCH, 1, END))
  code.writeFuel(copy)
  code.trapWhenShownSpent(copy)
  // The turn that has been paid for begins anew.
  code.payFuel(-amount, copy)
  code.copy(Uint8Array.of(BRANCH, 1, END, END))
}
