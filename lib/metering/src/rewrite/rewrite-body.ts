import type { BodyReader } from "../body/body-reader.ts"
import {
  CALL,
  END,
  GET_GLOBAL,
  MAKE_F32,
  MAKE_F32X4,
  MAKE_F64,
  MAKE_F64X2,
  PAY_BY_SIZE,
  RETURN,
  SET_GLOBAL,
  TAIL_CALL,
} from "../body/edits.ts"
import { F32, F64, I64, V128 } from "../binary/value-types.ts"
import { type CodeWriter, GLOBALS } from "./code-writer.ts"
import type { SizeHelpers } from "./size-helpers.ts"

/** V8 takes so many locals in a function, parameters among them. */
const MOST_LOCALS = 50_000

const CALL_INDIRECT = 0x11

interface Extras {
  /** The global that keeps the index of the last indirect call. */
  calledIndex?: number | undefined
  fuel: number | undefined
  f32: number
  f64: number
  vector: number
}

/**
 * Writes a body anew: prologue, the original code as a block with charges and edits, epilogue. The block lets a branch out of the
 * function reach the epilogue. A function with loops mirrors the counter in a local, which V8 keeps in a register.
 */
export function rewriteBody(
  body: BodyReader,
  code: CodeWriter,
  blockType: Uint8Array,
  helpers: SizeHelpers,
  calledIndex?: number,
): void {
  const extras = writeLocals(body, code)
  const { locals, signature, stack, bytes, prices } = body
  const { stack: frame, units } = prices.entry({
    signature,
    locals: locals.declared,
    localBytes: locals.bytes,
    operandHeight: stack.highest,
    operandBytes: bytes.highest,
  })
  code.takeStack(frame)
  if (extras.fuel !== undefined) code.reloadFuel(extras.fuel)
  if (units > 0) code.payFuel(units * prices.unit, extras.fuel)
  code.byte(0x02)
  code.copy(blockType)
  writeCode(body, code, { ...extras, calledIndex }, helpers, frame)
}

function writeLocals(
  { locals, loops, makesF32, makesF64, makesVector, module }: BodyReader,
  code: CodeWriter,
) {
  const added: number[] = []
  const add = (type: number) => locals.count + added.push(type) - 1
  const extras: Extras = {
    f32: makesF32 ? add(F32) : 0,
    f64: makesF64 ? add(F64) : 0,
    vector: makesVector ? add(V128) : 0,
    fuel: undefined,
  }
  if (loops > 0 && locals.count + added.length < MOST_LOCALS) extras.fuel = add(I64)
  code.u32(locals.groups + added.length)
  code.copy(module.bytes, locals.from, locals.to)
  for (const type of added) {
    code.byte(1)
    code.byte(type)
  }
  return extras
}

function writeCode(
  body: BodyReader,
  code: CodeWriter,
  extras: Extras,
  helpers: SizeHelpers,
  frame: number,
) {
  const { points, edits, prices, module } = body
  const source = module.bytes
  let at = body.code
  let range = 0
  let edit = 0
  while (edit < edits.count) {
    const next = edits.at(edit)
    if (range < points.count && points.offsetAt(range) <= next) {
      const offset = points.offsetAt(range)
      code.copy(source, at, offset)
      at = offset
      const units = points.unitsAt(range)
      if (units > 0) code.payFuel(units * prices.unit, extras.fuel)
      range += 1
      continue
    }
    code.copy(source, at, next)
    at = edits.resume(edit)
    writeEdit(body, code, edit, extras, helpers, frame)
    edit += 1
  }
}

function writeEdit(
  { edits, module }: BodyReader,
  code: CodeWriter,
  edit: number,
  extras: Extras,
  helpers: SizeHelpers,
  frame: number,
) {
  const from = edits.at(edit)
  const to = edits.resume(edit)
  const argument = edits.argument(edit)
  switch (edits.kind(edit)) {
    case GET_GLOBAL:
      return code.op(0x23, argument + GLOBALS)
    case SET_GLOBAL:
      return code.op(0x24, argument + GLOBALS)
    case RETURN:
      return code.op(0x0c, argument)
    case MAKE_F32:
    case MAKE_F64: {
      const isF32 = edits.kind(edit) === MAKE_F32
      code.copy(module.bytes, from, to)
      return code.canonical(isF32, isF32 ? extras.f32 : extras.f64)
    }
    case MAKE_F32X4:
    case MAKE_F64X2:
      code.copy(module.bytes, from, to)
      return code.canonicalLanes(edits.kind(edit) === MAKE_F32X4, extras.vector)
    case TAIL_CALL:
      code.giveStackBack(frame)
      return code.copy(module.bytes, from, to)
    case PAY_BY_SIZE: {
      code.op(0x10, helpers.indexFor(argument))
      code.copy(module.bytes, from, to)
      const after = helpers.indexAfter(argument)
      if (after !== undefined) code.op(0x10, after)
      if (extras.fuel !== undefined) code.reloadFuel(extras.fuel)
      return
    }
    case CALL:
      if (extras.calledIndex !== undefined && module.bytes[from] === CALL_INDIRECT) {
        code.op(0x24, extras.calledIndex)
        code.op(0x23, extras.calledIndex)
      }
      code.copy(module.bytes, from, to)
      if (extras.fuel !== undefined) code.reloadFuel(extras.fuel)
      return
    case END:
      code.byte(0x0b)
      code.giveStackBack(frame)
      code.byte(0x0b)
  }
}
