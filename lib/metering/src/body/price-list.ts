import {
  flags,
  kinds,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_GROW,
  MEMORY_INIT,
  TABLE_COPY,
  TABLE_FILL,
  TABLE_GROW,
  TABLE_INIT,
  TRAPS,
} from "../binary/opcodes.ts"
import type { Signature } from "../binary/value-types.ts"

/** What a function's frame takes, as far as it is known once its body has been read. */
interface FrameFacts {
  signature: Signature
  /** Declared locals, parameters apart. */
  locals: number
  /** Of parameters and locals. */
  localBytes: number
  /** The largest height of the operand stack, as validation sees it. */
  operandHeight: number
  /** The same in bytes, as finite-wasm sees it. */
  operandBytes: number
}

/** What an operator pays for a topmost operand `n`: `base + ceil(n * times / 2^shift)`. */
export interface SizePrice {
  base: number
  times: number
  shift: number
  /** Above this the operator cannot succeed, and pays the base alone. */
  most?: number
}

/** What metering adds to a module: all of it, but where a bench asks what each costs. */
export interface Parts {
  fuel: boolean
  stack: boolean
  nans: boolean
}

export const ALL_PARTS: Parts = { fuel: true, stack: true, nans: true }

/** What is paid for, as data: guests and NEAR contracts have one each. */
export interface PriceList {
  parts: Parts
  /** What one unit costs. */
  unit: number
  /** Units of each operator. */
  units: Uint8Array
  /** 1 for an operator after which a new range begins. */
  ends: Uint8Array
  /** In the order of `bySize`. */
  bySize: readonly SizePrice[]
  /**
   * Checked wherever it is paid, so that what did not fit is known to the unit. Otherwise only where a loop turns and a function begins,
   * so that the host, too, has to see whether anything is left.
   */
  checksAll: boolean
  /** Whether the counter is right after any trap. Otherwise it is what it was when it was last settled: `docs/fuel.md` says where. */
  settlesTraps: boolean
  /** So much may a simple loop pay before it settles: `docs/fuel.md` says which those are. Without it there are none. */
  mostUnsettled: number | undefined
  /** A function that calls none, and whose frame and text are no larger, takes no stack, and does not look at the counters on entry. */
  freeLeaf: { bytes: number; operators: number }
  /** Stack that a call takes, and units that it pays on entry. */
  entry: (facts: FrameFacts) => { stack: number; units: number }
}

/** Operators that pay by their topmost operand, in the order of their helper functions. */
export const bySize: readonly number[] = [
  MEMORY_GROW,
  MEMORY_INIT,
  MEMORY_COPY,
  MEMORY_FILL,
  TABLE_INIT,
  TABLE_COPY,
  TABLE_GROW,
  TABLE_FILL,
]

/** Operators that may go elsewhere: if, br, br_if, br_table, return, unreachable. */
export const jumps: readonly number[] = [0x00, 0x04, 0x0c, 0x0d, 0x0e, 0x0f]
/** Operators that may be seen to act: call, call_indirect, table.get, table.set. */
export const effects: readonly number[] = [0x10, 0x11, 0x25, 0x26]

export function tableOf(opcodes: readonly number[], value: number, rest = 0): Uint8Array {
  const table = new Uint8Array(kinds.length).fill(rest)
  for (const opcode of opcodes) table[opcode] = value
  return table
}

/** Operators of a fixed signature that may trap. */
export function trapping(): number[] {
  return [...flags.keys()].filter((opcode) => ((flags[opcode] as number) & TRAPS) !== 0)
}
