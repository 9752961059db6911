import type { BodyReader } from "../body/body-reader.ts"
import {
  CALL,
  END,
  END_LOOP,
  GET_GLOBAL,
  LABEL,
  LOOP,
  MAKE_F32,
  MAKE_F32X4,
  MAKE_F64,
  MAKE_F64X2,
  NOTHING,
  PAY_BY_SIZE,
  READ_FUEL,
  RETURN,
  SET_GLOBAL,
  TAIL_CALL,
  WRITE_FUEL,
} from "../body/edits.ts"
import { F32, F64, I32, I64, V128 } from "../binary/value-types.ts"
import type { CodeWriter } from "./code-writer.ts"
import { enterSimpleLoop, leaveSimpleLoop, payTurn } from "./simple-loops.ts"
import type { SizeHelpers } from "./size-helpers.ts"

/** V8 takes so many locals in a function, parameters among them. */
const MOST_LOCALS = 50_000

const CALL_INDIRECT = 0x11

interface Extras {
  /** The global that keeps the index of the last indirect call. */
  calledIndex?: number | undefined
  /** The copy of the fuel counter. */
  fuel: number | undefined
  /** Where a loop has to settle. */
  mark: number
  /** What is left of the stack. */
  stack: number | undefined
  f32: number
  f64: number
  vector: number
}

/** What is written along with a body. */
interface Around {
  extras: Extras
  helpers: SizeHelpers
  /** Bytes of stack that the function takes, 0 for none. */
  frame: number
  /** Takes none for being small, nor looks at anything. */
  isFree: boolean
  entryUnits: number
}

/**
 * Writes a body anew: prologue, the original code as a block with charges and edits, epilogue. The block lets a branch out of the
 * function reach the epilogue; a function that takes no stack needs neither. The counter is copied to a local, which V8 keeps in a
 * register, and written back where `FuelCopy` says.
 */
export function rewriteBody(
  body: BodyReader,
  code: CodeWriter,
  blockType: Uint8Array,
  helpers: SizeHelpers,
  calledIndex?: number,
): void {
  const { locals, signature, stack, bytes, prices, calls } = body
  const { stack: bytesOfFrame, units } = prices.entry({
    signature,
    locals: locals.declared,
    localBytes: locals.bytes,
    operandHeight: stack.highest,
    operandBytes: bytes.highest,
  })
  const { freeLeaf, parts } = prices
  const isFree = !calls && bytesOfFrame <= freeLeaf.bytes && body.operators <= freeLeaf.operators
  const frame = parts.stack && !isFree ? bytesOfFrame : 0
  const extras = writeLocals(body, code, frame > 0)
  const around = { extras: { ...extras, calledIndex }, helpers, frame, isFree, entryUnits: units }
  if (!prices.checksAll) payOnEntry(body, code, around)
  else {
    code.takeStack(frame)
    code.trapWhenStackIsSpent()
    code.readFuel(extras.fuel)
    if (units > 0) {
      code.payFuel(units * prices.unit, extras.fuel)
      code.trapWhenSpent(extras.fuel)
    }
  }
  if (frame > 0) {
    code.byte(0x02)
    code.copy(blockType)
  }
  writeCode(body, code, around)
}

/** The first range, which is settled later, and the stack; then one look at both. */
function payOnEntry(
  { points, prices }: BodyReader,
  code: CodeWriter,
  { extras: { fuel, stack }, frame, isFree, entryUnits }: Around,
) {
  if (prices.parts.fuel) code.payFirst((entryUnits + points.unitsAt(0)) * prices.unit, fuel)
  if (stack !== undefined) code.takeStackTo(frame, stack)
  if (!isFree) code.trapWhenEitherIsSpent(fuel, stack)
}

function writeLocals(body: BodyReader, code: CodeWriter, takesStack: boolean) {
  const { locals, makesF32, makesF64, makesVector, module, prices } = body
  const added: number[] = []
  const add = (type: number) => locals.count + added.push(type) - 1
  const extras: Extras = {
    f32: makesF32 ? add(F32) : 0,
    f64: makesF64 ? add(F64) : 0,
    vector: makesVector ? add(V128) : 0,
    stack: takesStack && !prices.checksAll ? add(I32) : undefined,
    fuel: undefined,
    mark: body.hasSimpleLoops ? add(I64) : 0,
  }
  if (prices.parts.fuel && locals.count + added.length < MOST_LOCALS) extras.fuel = add(I64)
  code.u32(locals.groups + added.length)
  code.copy(module.bytes, locals.from, locals.to)
  for (const type of added) {
    code.byte(1)
    code.byte(type)
  }
  return extras
}

function writeCode(body: BodyReader, code: CodeWriter, around: Around) {
  const { points, edits, prices, module } = body
  const ranges = prices.parts.fuel ? points.count : 0
  const source = module.bytes
  let at = body.code
  // The first range was paid on entry, with the stack.
  let range = prices.checksAll ? 0 : 1
  let edit = 0
  let isWritten = false
  while (edit < edits.count) {
    const next = edits.at(edit)
    // Before a range is paid from the copy, the copy must be right.
    const last = edits.kind(edit) === READ_FUEL ? next - 1 : next
    if (range < ranges && points.offsetAt(range) <= last) {
      const offset = points.offsetAt(range)
      code.copy(source, at, offset)
      at = offset
      isWritten = writeCharge(body, code, range, around)
      range += 1
      continue
    }
    code.copy(source, at, next)
    at = edits.resume(edit)
    if (edits.kind(edit) !== WRITE_FUEL || !isWritten) writeEdit(body, code, edit, around)
    edit += 1
  }
}

/** Whether the counter is then as right as the copy. */
function writeCharge(
  { points, prices }: BodyReader,
  code: CodeWriter,
  range: number,
  { extras: { fuel, mark } }: Around,
): boolean {
  const amount = points.unitsAt(range) * prices.unit
  const isTurn = points.turnsAt(range)
  if (prices.checksAll || !isTurn || fuel === undefined) {
    if (amount > 0) code.payFuel(amount, fuel)
    if (prices.checksAll ? amount > 0 : isTurn) code.trapWhenSpent(fuel)
    if (isTurn) code.writeFuel(fuel)
    return isTurn
  }
  if (points.isSimpleAt(range)) {
    payTurn(code, { copy: fuel, mark, amount })
    return false
  }
  code.payAndShow(amount, fuel)
  code.trapWhenShownSpent(fuel)
  return true
}

function giveStackBack(code: CodeWriter, { extras, frame }: Around) {
  if (extras.stack !== undefined) code.restoreStack(extras.stack, frame)
  else if (frame > 0) code.giveStackBack(frame)
}

function writeEdit(body: BodyReader, code: CodeWriter, edit: number, around: Around) {
  const { edits, module, prices } = body
  const { extras, helpers, frame } = around
  const from = edits.at(edit)
  const to = edits.resume(edit)
  const argument = edits.argument(edit)
  const { parts } = prices
  switch (edits.kind(edit)) {
    case NOTHING:
      return code.copy(module.bytes, from, to)
    case GET_GLOBAL:
      return code.op(0x23, code.globals.move(argument))
    case SET_GLOBAL:
      return code.op(0x24, code.globals.move(argument))
    case RETURN:
      // Without an epilogue it leaves as it did.
      return frame > 0 ? code.op(0x0c, argument) : code.byte(0x0f)
    case MAKE_F32:
    case MAKE_F64: {
      const isF32 = edits.kind(edit) === MAKE_F32
      code.copy(module.bytes, from, to)
      if (!parts.nans) return
      return code.canonical(isF32, isF32 ? extras.f32 : extras.f64)
    }
    case MAKE_F32X4:
    case MAKE_F64X2:
      code.copy(module.bytes, from, to)
      if (!parts.nans) return
      return code.canonicalLanes(edits.kind(edit) === MAKE_F32X4, extras.vector)
    case TAIL_CALL:
      giveStackBack(code, around)
      return code.copy(module.bytes, from, to)
    case PAY_BY_SIZE: {
      if (parts.fuel) code.op(0x10, helpers.indexFor(argument))
      code.copy(module.bytes, from, to)
      const after = helpers.indexAfter(argument)
      if (after !== undefined) code.op(0x10, after)
      return
    }
    case WRITE_FUEL:
      return code.writeFuel(extras.fuel)
    case READ_FUEL:
      return code.readFuel(extras.fuel)
    case LABEL:
      return code.u32(argument)
    case LOOP:
    case END_LOOP:
      return writeSimpleLoop(body, code, edit, extras)
    case CALL:
      if (extras.calledIndex !== undefined && module.bytes[from] === CALL_INDIRECT) {
        code.op(0x24, extras.calledIndex)
        code.op(0x23, extras.calledIndex)
      }
      return code.copy(module.bytes, from, to)
    case END:
      if (frame > 0) code.byte(0x0b)
      giveStackBack(code, around)
      code.byte(0x0b)
  }
}

function writeSimpleLoop(
  { edits, module, points, prices }: BodyReader,
  code: CodeWriter,
  edit: number,
  { fuel, mark }: Extras,
) {
  const type = module.bytes.subarray(edits.at(edit) + 1, edits.resume(edit))
  const amount = points.unitsAt(edits.argument(edit)) * prices.unit
  const loop = { copy: fuel ?? 0, mark, amount, most: prices.mostUnsettled ?? 0 }
  if (edits.kind(edit) === LOOP) enterSimpleLoop(code, type, loop)
  else leaveSimpleLoop(code, loop)
}
