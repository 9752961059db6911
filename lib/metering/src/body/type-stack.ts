/** The two stacks of the validation algorithm (WebAssembly 2.0, appendix A.3): operand types and control frames. */
import type { ByteReader } from "../binary/byte-reader.ts"
import { ANY, nameOfType } from "../binary/value-types.ts"
import { UNKNOWN_ORIGIN } from "./nan-flow.ts"

export interface Frame {
  opcode: number
  /** What a branch to it passes when it is a loop, and what it takes. */
  params: Uint8Array
  results: Uint8Array
  /** Operands below it. */
  height: number
  /** What follows cannot be reached: the stack below is whatever is asked for. */
  unreachable: boolean
  /** The frame began in code that can be reached. */
  live: boolean
  targeted: boolean
  /** Operands below it, as finite-wasm counts them. */
  bytes: number
  /** The charge range of a loop's body. */
  range: number
  /** Of a loop that may be simple: its edit, and what the function contained before it. */
  edit: number
  contents: number
}

export class TypeStack {
  #types = new Uint8Array(1024)
  /** Where each operand comes from, as `NanFlow` calls it. */
  #origins = new Int32Array(1024)
  height = 0
  /** The largest height so far. */
  highest = 0
  readonly frames: Frame[] = []
  /** The innermost frame. */
  frame: Frame = newFrame()
  reader: ByteReader

  constructor(reader: ByteReader) {
    this.reader = reader
  }

  start(reader: ByteReader, results: Uint8Array): void {
    this.reader = reader
    this.height = 0
    this.highest = 0
    this.frames.length = 0
    this.enter(0x02, new Uint8Array(0), results, true, -1)
  }

  push(type: number): void {
    if (this.height === this.#types.length) {
      const larger = new Uint8Array(this.height * 2)
      larger.set(this.#types)
      this.#types = larger
      const origins = new Int32Array(this.height * 2)
      origins.set(this.#origins)
      this.#origins = origins
    }
    this.#origins[this.height] = UNKNOWN_ORIGIN
    this.#types[this.height++] = type
    if (this.height > this.highest) this.highest = this.height
  }

  /** Notes where the topmost operand comes from. */
  mark(origin: number): void {
    this.#origins[this.height - 1] = origin
  }

  /** Where the topmost operand, or one below it, comes from. */
  originAt(below: number): number {
    const place = this.height - 1 - below
    return place < this.frame.height ? UNKNOWN_ORIGIN : (this.#origins[place] as number)
  }

  /** Takes an operand of any type. */
  popAny(): number {
    if (this.height > this.frame.height) return this.#types[--this.height] as number
    if (!this.frame.unreachable) this.reader.fail("an operand is missing")
    return ANY
  }

  pop(expected: number): number {
    const type = this.popAny()
    if (type !== expected && type !== ANY && expected !== ANY) {
      this.reader.fail(`operand of type ${nameOfType(type)} instead of ${nameOfType(expected)}`)
    }
    return type === ANY ? expected : type
  }

  pushAll(types: Uint8Array): void {
    for (let index = 0; index < types.length; index += 1) this.push(types[index] as number)
  }

  popAll(types: Uint8Array): void {
    for (let index = types.length - 1; index >= 0; index -= 1) this.pop(types[index] as number)
  }

  /** Asserts that the operands on top have these types, and leaves them as they are. */
  expect(types: Uint8Array): void {
    for (let index = 0; index < types.length; index += 1) {
      const place = this.height - 1 - index
      const expected = types[types.length - 1 - index] as number
      if (place < this.frame.height) {
        if (!this.frame.unreachable) this.reader.fail("an operand is missing")
        return
      }
      const type = this.#types[place] as number
      if (type !== expected && type !== ANY) {
        this.reader.fail(`operand of type ${nameOfType(type)} instead of ${nameOfType(expected)}`)
      }
    }
  }

  enter(
    opcode: number,
    params: Uint8Array,
    results: Uint8Array,
    live: boolean,
    range: number,
  ): void {
    const { height } = this
    this.frame = { ...newFrame(), opcode, params, results, height, live, range }
    this.frames.push(this.frame)
    this.pushAll(params)
  }

  /** Ends the innermost frame, which must leave its results and nothing else. */
  leave(): Frame {
    const { frame } = this
    this.popAll(frame.results)
    if (this.height !== frame.height) this.reader.fail("operands are left over")
    this.frames.pop()
    const outer = this.frames.at(-1)
    if (outer !== undefined) this.frame = outer
    return frame
  }

  makeUnreachable(): void {
    this.height = this.frame.height
    this.frame.unreachable = true
  }

  /** The frame that a branch of this depth aims at. */
  label(depth: number): Frame {
    const frame = this.frames[this.frames.length - 1 - depth]
    if (frame === undefined) return this.reader.fail(`branch to the unknown label ${depth}`)
    return frame
  }
}

/** The types that a branch to the frame carries. */
export function labelTypes(frame: Frame): Uint8Array {
  return frame.opcode === 0x03 ? frame.params : frame.results
}

function newFrame(): Frame {
  const none = new Uint8Array(0)
  return {
    opcode: 0,
    params: none,
    results: none,
    height: 0,
    unreachable: false,
    live: true,
    targeted: false,
    bytes: 0,
    range: -1,
    edit: -1,
    contents: 0,
  }
}
