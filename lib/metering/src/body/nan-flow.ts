/**
 * Which NaNs have to be made canonical. What arithmetic gives may be a NaN of any kind; as long as only arithmetic, comparisons and
 * conversions to integers take it, nobody can tell. So
 *
 * - a result that such an operator takes from the stack stays as it is;
 * - a local that is fed by arithmetic alone may hold any NaN, and is made canonical where something else reads it; or where it is fed,
 *   whichever happens less often, as far as the nesting of loops shows.
 *
 * The locals' first value, zero, is no NaN. Parameters, and locals that are fed from elsewhere, must keep their bits.
 */
import {
  BULK,
  flags,
  kinds,
  MAKES_F32,
  MAKES_F32X4,
  MAKES_F64,
  MAKES_F64X2,
  operands,
  VECTOR,
} from "../binary/opcodes.ts"
import { F32 } from "../binary/value-types.ts"
import { type Edits, MAKE_F32, MAKE_F32X4, MAKE_F64, MAKE_F64X2, NOTHING } from "./edits.ts"
import type { TypeStack } from "./type-stack.ts"

const SCALAR = 1
/** Which kind of operand an operator takes without showing its bits. */
const hides = new Uint8Array(kinds.length)
for (let opcode = 0; opcode < hides.length; opcode += 1) hides[opcode] = hiddenBy(opcode)

const kindOfFlag = new Map([
  [MAKES_F32, MAKE_F32],
  [MAKES_F64, MAKE_F64],
  [MAKES_F32X4, MAKE_F32X4],
  [MAKES_F64X2, MAKE_F64X2],
])

/** The origin of an operand that may be anything, and of one that is no NaN. */
export const UNKNOWN_ORIGIN = -1
const NO_NAN = -2
/** To find out which locals are fed from which takes as many passes as they stand in line, and hostile ones stand in long lines. */
const PASSES = 4

/** Fields of a use: the edit, the local, 1 where it is fed and 0 where it is read, loops around it. */
const FIELDS = 4

export class NanFlow {
  readonly #edits: Edits
  #uses: number[] = []
  /** Pairs of locals: one that is fed, and the other from which. */
  #copies: number[] = []
  readonly #tainted = new Set<number>()

  constructor(edits: Edits) {
    this.#edits = edits
  }

  start(): void {
    this.#uses = []
    this.#copies = []
    this.#tainted.clear()
  }

  /** An operator is about to take its operands from the stack. */
  take(opcode: number, stack: TypeStack): void {
    const hidden = hides[opcode] as number
    if (hidden === 0) return
    for (let place = 0; place < 3 && operands[3 * opcode + place] !== 0; place += 1) {
      const edit = stack.originAt(place)
      if (edit >= 0 && hiddenKind(this.#edits.kind(edit)) === hidden) {
        this.#edits.change(edit, NOTHING)
      }
    }
  }

  /** The origin of what the operator gives: the edit that makes it canonical. */
  give(opcode: number, at: number, resume: number): number {
    const kind = kindOfFlag.get(flags[opcode] as number)
    if (kind !== undefined) return this.#edits.add(at, resume, kind, 0)
    return opcode >= 0xb2 && opcode <= 0xba ? NO_NAN : UNKNOWN_ORIGIN
  }

  /** The origin of a constant, given its bytes. */
  constant(type: number, bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const value = type === F32 ? view.getFloat32(0, true) : view.getFloat64(0, true)
    return Number.isNaN(value) ? UNKNOWN_ORIGIN : NO_NAN
  }

  /** A local is fed with an operand of this origin. */
  feed(local: number, origin: number, loops: number): void {
    if (origin === NO_NAN) return
    if (origin === UNKNOWN_ORIGIN) {
      this.#tainted.add(local)
      return
    }
    // An edit that reads a local names it.
    const from = this.#edits.argument(origin) - 1
    if (from >= 0) this.#copies.push(local, from)
    else this.#uses.push(origin, local, 1, loops)
  }

  /** The origin of what a local gives: the edit that would make it canonical. */
  read(local: number, type: number, at: number, resume: number, loops: number): number {
    const edit = this.#edits.add(at, resume, type === F32 ? MAKE_F32 : MAKE_F64, local + 1)
    this.#uses.push(edit, local, 0, loops)
    return edit
  }

  /** Decides for each local where it becomes canonical. */
  finish(params: number): void {
    this.#spreadTaint(params)
    const uses = this.#uses
    const balance = new Map<number, number>()
    for (let use = 0; use < uses.length; use += FIELDS) {
      if (this.#edits.kind(uses[use] as number) === NOTHING) continue
      const local = uses[use + 1] as number
      const weight = 8 ** Math.min(uses[use + 3] as number, 12)
      balance.set(local, (balance.get(local) ?? 0) + (uses[use + 2] === 1 ? weight : -weight))
    }
    for (let use = 0; use < uses.length; use += FIELDS) {
      const local = uses[use + 1] as number
      const staysRaw = local >= params && !this.#tainted.has(local) && (balance.get(local) ?? 0) > 0
      if ((uses[use + 2] === 1) === staysRaw) this.#edits.change(uses[use] as number, NOTHING)
    }
  }

  #spreadTaint(params: number) {
    const tainted = this.#tainted
    for (let pass = 0; pass <= PASSES; pass += 1) {
      const before = tainted.size
      for (let copy = 0; copy < this.#copies.length; copy += 2) {
        const from = this.#copies[copy + 1] as number
        if (pass === PASSES || from < params || tainted.has(from))
          tainted.add(this.#copies[copy] as number)
      }
      if (tainted.size === before) return
    }
  }
}

function hiddenKind(edit: number): number {
  if (edit === MAKE_F32 || edit === MAKE_F64) return SCALAR
  if (edit === MAKE_F32X4) return MAKES_F32X4
  return edit === MAKE_F64X2 ? MAKES_F64X2 : 0
}

function hiddenBy(opcode: number): number {
  // f32x4.demote_f64x2_zero and f64x2.promote_low_f32x4 take the other shape.
  if (opcode === VECTOR + 0x5e) return MAKES_F64X2
  if (opcode === VECTOR + 0x5f) return MAKES_F32X4
  const flag = flags[opcode] as number
  if ((flag & (MAKES_F32X4 | MAKES_F64X2)) !== 0) return flag
  const isComparison = opcode >= 0x5b && opcode <= 0x66
  const truncates =
    (opcode >= 0xa8 && opcode <= 0xab) ||
    (opcode >= 0xae && opcode <= 0xb1) ||
    (opcode >= BULK && opcode < BULK + 8)
  return isComparison || truncates || (flag & (MAKES_F32 | MAKES_F64)) !== 0 ? SCALAR : 0
}
