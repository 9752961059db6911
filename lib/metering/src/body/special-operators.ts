/** Operators with immediates or rules of their own: control, calls, variables, references, tables, bulk memory. */
import { BULK, VECTOR } from "../binary/opcodes.ts"
import { readNull } from "../binary/constant.ts"
import { readValueType } from "../binary/types.ts"
import {
  ANY,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  isReference,
  type Signature,
  V128,
} from "../binary/value-types.ts"
import { signatureOf } from "../binary/wasm-module.ts"
import type { BodyReader } from "./body-reader.ts"
import { die, readControl, sameTypes } from "./control-operators.ts"
import { CALL, GET_GLOBAL, SET_GLOBAL, TAIL_CALL } from "./edits.ts"

export function readSpecial(body: BodyReader, opcode: number, at: number): void {
  if (opcode <= 0x0f) return readControl(body, opcode, at)
  if (opcode <= 0x13) return readCall(body, opcode, at)
  if (opcode >= VECTOR) return readVector(body, opcode)
  if (opcode >= BULK) return readBulk(body, opcode)
  if (opcode >= 0xd0) return readReference(body, opcode)
  if (opcode >= 0x3f) return readMemoryOrConstant(body, opcode, at)
  if (opcode >= 0x25) return readTableAccess(body, opcode)
  if (opcode >= 0x20) return readVariable(body, opcode, at)
  return readParametric(body, opcode)
}

function readCall(body: BodyReader, opcode: number, at: number) {
  const { reader, stack, module, points, bytes } = body
  let signature: Signature | undefined
  body.calls = true
  body.contents += 1
  let index = -1
  if (opcode === 0x10 || opcode === 0x12) {
    index = reader.u32()
    signature = signatureOf(module, index)
  } else {
    signature = module.types[reader.u32()]
    const table = body.rules.features.has("multi_value") ? reader.u32() : zeroByte(body)
    if (module.tables[table]?.type !== FUNCREF)
      reader.fail(`call through the unknown table ${table}`)
    stack.pop(I32)
  }
  if (signature === undefined) return reader.fail("call of an unknown function")
  stack.popAll(signature.params)
  if (opcode >= 0x12) {
    if (!sameTypes(signature.results, body.signature.results))
      reader.fail("a tail call of a function with other results")
    if (points.live) body.edits.add(at, reader.at, TAIL_CALL, index)
    return die(body)
  }
  stack.pushAll(signature.results)
  if (!points.live) return
  bytes.take(signature.params.length)
  bytes.giveAll(signature.results)
  body.edits.add(at, reader.at, CALL, index)
}

/**
 * An index that is written as one zero byte, not as an integer that may be longer. near-vm-runner holds to that for
 * `call_indirect` too, where LLVM pads the table's index to five bytes unless it links with `--compress-relocations`.
 */
function zeroByte({ reader }: BodyReader): number {
  if (reader.byte() !== 0) reader.fail("an index that must be one zero byte")
  return 0
}

function readParametric(body: BodyReader, opcode: number) {
  const { reader, stack, points, bytes } = body
  if (opcode === 0x1a) {
    stack.popAny()
    if (points.live) bytes.take(1)
    return
  }
  stack.pop(I32)
  if (opcode === 0x1b) {
    const first = stack.popAny()
    const second = stack.popAny()
    if (isReference(first) || isReference(second))
      reader.fail("select of references without a type")
    if (first !== second && first !== ANY && second !== ANY) reader.fail("select of two types")
    stack.push(first === ANY ? second : first)
  } else {
    if (reader.u32() !== 1) reader.fail("select of other than one type")
    const type = readValueType(reader, body.rules)
    stack.pop(type)
    stack.pop(type)
    stack.push(type)
  }
  if (points.live) bytes.take(2)
}

function readVariable(body: BodyReader, opcode: number, at: number) {
  const { reader, stack, points, bytes, module, edits } = body
  const index = reader.u32()
  if (opcode <= 0x22) {
    const type = body.locals.type(index)
    if (type === undefined) return reader.fail(`unknown local ${index}`)
    const origin = stack.originAt(0)
    if (opcode !== 0x20) stack.pop(type)
    if (opcode !== 0x21) stack.push(type)
    if (!points.live) return
    if (type === F32 || type === F64) {
      if (opcode !== 0x20) body.nans.feed(index, origin, body.loops)
      if (opcode !== 0x21) stack.mark(body.nans.read(index, type, at, reader.at, body.loops))
    }
    if (opcode === 0x20) bytes.give(type)
    if (opcode === 0x21) bytes.take(1)
    return
  }
  const global = module.globals[index]
  if (global === undefined) return reader.fail(`unknown global ${index}`)
  if (opcode === 0x23) {
    stack.push(global.type)
    if (points.live) bytes.give(global.type)
    edits.add(at, reader.at, GET_GLOBAL, index)
    return
  }
  if (!global.mutable) reader.fail(`global ${index} is constant`)
  stack.pop(global.type)
  if (points.live) bytes.take(1)
  edits.add(at, reader.at, SET_GLOBAL, index)
}

function readTableAccess(body: BodyReader, opcode: number) {
  const { stack, points, bytes } = body
  const type = tableType(body)
  if (opcode === 0x26) stack.pop(type)
  stack.pop(I32)
  if (opcode === 0x25) stack.push(type)
  if (!points.live) return
  bytes.take(opcode === 0x25 ? 1 : 2)
  if (opcode === 0x25) bytes.give(type)
}

function readMemoryOrConstant(body: BodyReader, opcode: number, at: number) {
  const { reader, stack, points, bytes } = body
  if (opcode <= 0x40) {
    zeroByte(body)
    requireMemory(body)
    if (opcode === 0x40) stack.pop(I32)
    stack.push(I32)
    if (points.live && opcode === 0x3f) bytes.give(I32)
    return
  }
  const type = [I32, I64, F32, F64][opcode - 0x41] ?? I32
  if (opcode === 0x41) reader.skipSigned(32)
  else if (opcode === 0x42) reader.skipSigned(64)
  else reader.skip(opcode === 0x43 ? 4 : 8)
  stack.push(type)
  if (!points.live) return
  bytes.give(type)
  if (opcode >= 0x43) stack.mark(body.nans.constant(type, reader.bytes.subarray(at + 1, reader.at)))
}

/** v128.const and i8x16.shuffle, which names sixteen of 32 lanes. */
function readVector({ reader, stack, points, bytes }: BodyReader, opcode: number) {
  if (opcode === VECTOR + 0x0c) {
    reader.skip(16)
  } else {
    for (let lane = 0; lane < 16; lane += 1) {
      if (reader.byte() >= 32) reader.fail("an unknown lane")
    }
    stack.pop(V128)
    stack.pop(V128)
  }
  stack.push(V128)
  if (!points.live) return
  if (opcode !== VECTOR + 0x0c) bytes.take(2)
  bytes.give(V128)
}

function readReference(body: BodyReader, opcode: number) {
  const { reader, stack, points, bytes, module } = body
  if (opcode === 0xd1) {
    const type = stack.popAny()
    if (!isReference(type) && type !== ANY) reader.fail("ref.is_null of what is no reference")
    stack.push(I32)
    if (!points.live) return
    bytes.take(1)
    bytes.give(I32)
    return
  }
  let type = FUNCREF
  if (opcode === 0xd0) {
    type = readNull(reader, body.rules)
  } else {
    const index = reader.u32()
    if (module.referable[index] !== 1) reader.fail(`reference to function ${index}, not declared`)
  }
  stack.push(type)
  if (points.live) bytes.give(type)
}

function readBulk(body: BodyReader, opcode: number) {
  const { reader, stack, points, bytes } = body
  const sub = opcode - BULK
  if (sub === 9 || sub === 13) return readDrop(body, sub)
  if (sub === 16) {
    tableType(body)
    stack.push(I32)
    if (points.live) bytes.give(I32)
    return
  }
  if (sub === 15 || sub === 17) {
    const type = tableType(body)
    stack.pop(I32)
    stack.pop(type)
    if (sub === 17) stack.pop(I32)
    else stack.push(I32)
  } else {
    if (sub === 8) requireSegment(body, reader.u32())
    if (sub === 12) readTableInit(body)
    if (sub === 14 && tableType(body) !== tableType(body)) reader.fail("tables of two types")
    if (sub === 8 || sub === 11) memoryIndex(body)
    if (sub === 10) memoryIndex(body, 2)
    for (let operand = 0; operand < 3; operand += 1) stack.pop(I32)
  }
  if (!points.live) return
  bytes.take(sub === 15 ? 2 : 3)
  if (sub === 15) bytes.give(I32)
}

function readDrop(body: BodyReader, sub: number) {
  const index = body.reader.u32()
  if (sub === 9) return requireSegment(body, index)
  if (body.module.elements[index] === undefined) body.reader.fail(`unknown segment ${index}`)
}

function readTableInit(body: BodyReader) {
  const segment = body.module.elements[body.reader.u32()]
  if (segment === undefined || segment !== tableType(body)) {
    body.reader.fail("table.init of an unknown segment or another type")
  }
}

function requireSegment({ module, reader }: BodyReader, index: number) {
  if (module.dataCount === undefined) reader.fail("a data segment's operator without a data count")
  if (index >= (module.dataCount ?? 0)) reader.fail(`unknown data segment ${index}`)
}

function memoryIndex(body: BodyReader, count = 1) {
  for (let index = 0; index < count; index += 1) {
    if (body.reader.u32() !== 0) body.reader.fail("an operator of another memory")
  }
  requireMemory(body)
}

function requireMemory({ module, reader }: BodyReader) {
  if (module.memories.length === 0) reader.fail("a memory operator without a memory")
}

function tableType({ module, reader }: BodyReader): number {
  const index = reader.u32()
  const table = module.tables[index]
  if (table === undefined) return reader.fail(`unknown table ${index}`)
  return table.type
}
