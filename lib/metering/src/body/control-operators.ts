import { readValueType } from "../binary/types.ts"
import { I32, type Signature } from "../binary/value-types.ts"
import { ModuleRefused } from "../module-refused.ts"
import type { BodyReader } from "./body-reader.ts"
import { END, END_LOOP, LABEL, LOOP, NOTHING, RETURN } from "./edits.ts"
import { type Frame, labelTypes } from "./type-stack.ts"

const none = new Uint8Array(0)
/** Of ours: `rewrite/simple-loops.ts` writes them. */
const BLOCKS_AROUND_LOOP = 3

const EMPTY: Signature = { params: none, results: none }

/** unreachable, nop, block, loop, if, else, end, br, br_if, br_table, return: 0x00 to 0x0f. */
export function readControl(body: BodyReader, opcode: number, at: number): void {
  const { stack } = body
  switch (opcode) {
    case 0x00:
      return die(body)
    case 0x02:
    case 0x03:
    case 0x04:
      return enter(body, opcode, at)
    case 0x05:
      return readElse(body, at)
    case 0x0b:
      return readEnd(body, at)
    case 0x0c: {
      stack.popAll(labelTypes(target(body, at)))
      noteLabels(body)
      return die(body)
    }
    case 0x0d:
      return readBranchIf(body, at)
    case 0x0e:
      return readBranchTable(body, at)
    case 0x0f: {
      stack.popAll(body.signature.results)
      body.edits.add(at, body.reader.at, RETURN, stack.frames.length - 1)
      return die(body)
    }
  }
}

/** What follows cannot be reached. */
export function die({ stack, points }: BodyReader) {
  stack.makeUnreachable()
  points.die()
}

function enter(body: BodyReader, opcode: number, at: number) {
  const { stack, points } = body
  const type = readBlockType(body)
  const { live } = points
  if (live && opcode !== 0x02) body.fuel.endRange(at)
  if (opcode === 0x03) body.loops += 1
  if (opcode === 0x04) {
    stack.pop(I32)
    if (live) body.bytes.take(1)
  }
  body.blocks += 1
  body.contents += 1
  const { nesting } = body.rules.limits
  if (stack.frames.length > nesting.most) {
    throw new ModuleRefused(nesting.code, `blocks nested ${stack.frames.length} deep`)
  }
  stack.popAll(type.params)
  const range = opcode === 0x03 ? enterLoop(body) : -1
  stack.enter(opcode, type.params, type.results, live, range)
  if (range >= 0 && type.params.length === 0 && body.prices.mostUnsettled !== undefined) {
    stack.frame.edit = body.edits.add(at, body.reader.at, NOTHING, range)
    stack.frame.contents = body.contents
  }
  stack.frame.bytes = body.bytes.height - type.params.length
  // An `if` may go to its `else` or its end, whether or not a branch does.
  stack.frame.targeted = opcode === 0x04
}

function enterLoop({ points, prices, reader, fuel }: BodyReader): number {
  // The loop's own price belongs to its body, and was charged to what comes before it.
  const units = prices.units[0x03] as number
  points.charge(-units)
  fuel.beginRange()
  return points.enterLoop(reader.at, units)
}

function readBlockType(body: BodyReader): Signature {
  const { reader, rules, module } = body
  const first = reader.bytes[reader.at] as number
  if (first === 0x40) {
    reader.skip(1)
    return EMPTY
  }
  if ((first & 0xc0) === 0x40 || !rules.features.has("multi_value")) {
    return { params: none, results: Uint8Array.of(readValueType(reader, rules)) }
  }
  const signature = module.types[reader.s33()]
  if (signature === undefined) return reader.fail("a block of unknown type")
  return signature
}

function readElse(body: BodyReader, at: number) {
  const { stack, reader } = body
  if (body.points.live) body.fuel.endRange(at)
  const frame = stack.leave()
  if (frame.opcode !== 0x04) return reader.fail("else without if")
  stack.enter(0x05, frame.params, frame.results, frame.live, -1)
  stack.frame.targeted = true
  stack.frame.bytes = frame.bytes
  resume(body, frame)
  body.bytes.resetTo(frame.bytes)
  if (frame.live) body.bytes.giveAll(frame.params)
}

function readEnd(body: BodyReader, at: number) {
  const { stack, reader, points } = body
  const frame = stack.leave()
  if (frame.opcode === 0x03) leaveLoop(body, frame, at)
  if (frame.opcode === 0x04 && !sameTypes(frame.params, frame.results)) {
    reader.fail("if without else that must give a result")
  }
  if (stack.frames.length === 0) {
    if (points.live) body.fuel.show(at)
    body.edits.add(at, reader.at, END, 0)
  } else {
    stack.pushAll(frame.results)
    if (frame.targeted && points.live) body.fuel.endRange(at)
    if (frame.targeted || !points.live || !frame.live) resume(body, frame)
  }
  if (!frame.live) return
  body.bytes.resetTo(frame.bytes)
  body.bytes.giveAll(frame.results)
}

/** A loop without blocks and calls in it is simple, and gets blocks of ours around it. */
function leaveLoop(body: BodyReader, { edit, contents, range }: Frame, at: number) {
  const { edits, points, reader } = body
  body.loops -= 1
  if (edit < 0 || contents !== body.contents || !points.makeSimple(range)) return
  edits.change(edit, LOOP)
  edits.deepen(edit, BLOCKS_AROUND_LOOP)
  edits.add(at, reader.at, END_LOOP, range)
  body.hasSimpleLoops = true
}

/** Behind an `else` or `end`: reachable as the block itself was. */
function resume(body: BodyReader, frame: Frame) {
  if (frame.live) body.openRange()
  else body.points.die()
}

/** What the branch at this offset aims at. Behind the function's end the counter must be right, elsewhere its copy. */
function target(body: BodyReader, at: number): Frame {
  const { reader, stack } = body
  const from = reader.at
  const depth = reader.u32()
  const frame = stack.label(depth)
  if (body.points.live) {
    if (depth === body.stack.frames.length - 1) body.fuel.show(at)
    else body.fuel.endRange(at)
  }
  if (depth > 0 && stack.frame.edit >= 0) body.labels.push([from, reader.at, depth])
  if (frame.opcode === 0x03) body.points.target(frame.range)
  else frame.targeted = true
  return frame
}

/** Behind what is to be changed before the branch itself. */
function noteLabels({ labels, edits }: BodyReader) {
  for (const [from, to, depth] of labels) edits.add(from, to, LABEL, depth)
  labels.length = 0
}

function readBranchIf(body: BodyReader, at: number) {
  const { stack } = body
  const types = labelTypes(target(body, at))
  if (body.points.live) body.fuel.endRange(at)
  noteLabels(body)
  stack.pop(I32)
  stack.popAll(types)
  stack.pushAll(types)
  if (body.points.live) body.bytes.take(1)
}

function readBranchTable(body: BodyReader, at: number) {
  const { stack, reader, rules } = body
  const count = reader.count("labels", rules.limits.branchLabels)
  body.mostLabels = Math.max(body.mostLabels, count)
  stack.pop(I32)
  let arity = -1
  for (let index = 0; index <= count; index += 1) {
    const types = labelTypes(target(body, at))
    if (arity >= 0 && types.length !== arity) reader.fail("labels of several arities")
    arity = types.length
    stack.expect(types)
  }
  noteLabels(body)
  die(body)
}

export function sameTypes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((type, index) => type === other[index])
}
