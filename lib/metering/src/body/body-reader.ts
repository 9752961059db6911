/** Validates a function body, and notes on the way where it pays and what is to be changed. */
import { ByteReader } from "../binary/byte-reader.ts"
import {
  alignments,
  BULK,
  features,
  flags,
  kinds,
  lanes,
  MAKES_F32,
  MAKES_F32X4,
  MAKES_F64,
  MAKES_F64X2,
  MEMORY,
  names,
  nameUnknown,
  operands,
  PLAIN,
  results,
  UNKNOWN,
  VECTOR,
} from "../binary/opcodes.ts"
import type { Rules } from "../binary/rules.ts"
import type { Signature } from "../binary/value-types.ts"
import { signatureOf, type Range, type WasmModule } from "../binary/wasm-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { OperandBytes } from "../near/operand-bytes.ts"
import { ChargePoints } from "./charge-points.ts"
import { Edits, PAY_BY_SIZE } from "./edits.ts"
import { FuelCopy } from "./fuel-copy.ts"
import { Locals } from "./locals.ts"
import { NanFlow, UNKNOWN_ORIGIN } from "./nan-flow.ts"
import { bySize, effects, type PriceList, tableOf, trapping } from "./price-list.ts"
import { readSpecial } from "./special-operators.ts"
import { TypeStack } from "./type-stack.ts"

const sizeHelpers = new Int8Array(kinds.length).fill(-1)
bySize.forEach((opcode, helper) => {
  sizeHelpers[opcode] = helper
})

const calls = [0x10, 0x11]
const tailCalls = [0x12, 0x13]
/** Operators after which the counter may be seen: they leave the function, for good or for a while. */
const leaves = [...calls, ...tailCalls, ...bySize, 0x00, 0x0f]
const shows = tableOf(leaves, 1)
const showsTraps = tableOf([...leaves, ...trapping(), ...effects], 1)
/** Operators that may change it. */
const changes = tableOf([...calls, ...bySize], 1)

/** One body at a time; what it has found holds until the next one. */
export class BodyReader {
  readonly module: WasmModule
  readonly rules: Rules
  readonly prices: PriceList
  readonly points = new ChargePoints()
  readonly edits = new Edits()
  readonly fuel = new FuelCopy(this.edits)
  readonly nans = new NanFlow(this.edits)
  readonly bytes = new OperandBytes()
  readonly locals: Locals
  readonly #shows: Uint8Array
  reader: ByteReader
  stack: TypeStack
  signature: Signature = { params: new Uint8Array(0), results: new Uint8Array(0) }
  /** Where the operators begin. */
  code = 0
  /** All that its text has, `else` and `end` among them. */
  operators = 0
  /** Blocks, loops and ifs. */
  blocks = 0
  /** Loops around the operator. */
  loops = 0
  /** Its calls and blocks of any kind so far, in code that can be reached or not. */
  contents = 0
  hasSimpleLoops = false
  /** Of the branch that is being read, where it stands in a loop that may be simple: from, to, depth. */
  readonly labels: [number, number, number][] = []
  /** Whether it calls others, in code that can be reached or not. */
  calls = false
  /** Of the largest br_table. */
  mostLabels = 0
  /** The extra locals that its operators need. */
  makesF32 = false
  makesF64 = false
  makesVector = false

  constructor(module: WasmModule, rules: Rules, prices: PriceList) {
    this.module = module
    this.rules = rules
    this.prices = prices
    this.locals = new Locals(rules)
    this.#shows = prices.settlesTraps ? showsTraps : shows
    this.reader = new ByteReader(module.bytes)
    this.stack = new TypeStack(this.reader)
  }

  read(body: Range, index: number): void {
    const signature = signatureOf(this.module, index)
    this.reader = new ByteReader(this.module.bytes, body.from, body.to)
    if (signature === undefined) return this.reader.fail(`unknown function ${index}`)
    this.signature = signature
    this.locals.read(this.reader, signature.params)
    this.code = this.reader.at
    this.stack.start(this.reader, signature.results)
    this.points.start(this.code)
    this.bytes.start()
    this.edits.clear()
    this.fuel.beginRange()
    this.operators = 0
    this.blocks = 0
    this.calls = false
    this.contents = 0
    this.hasSimpleLoops = false
    this.loops = 0
    this.nans.start()
    this.mostLabels = 0
    this.makesF32 = false
    this.makesF64 = false
    this.makesVector = false
    while (this.stack.frames.length > 0) this.#readOperator()
    if (!this.reader.done) this.reader.fail("code after a function's end")
    this.points.finish()
    this.nans.finish(signature.params.length)
  }

  /** The operator ends here, and so does its range. */
  endRange(opcode: number): void {
    if (this.prices.ends[opcode] !== 1 || !this.points.live) return
    this.fuel.endRange(this.reader.at)
    this.openRange()
  }

  /** A range begins here. */
  openRange(): void {
    this.points.open(this.reader.at)
    this.fuel.beginRange()
  }

  refuse(what: string): never {
    throw new ModuleRefused("unsupported", `${what} is not supported, at byte ${this.reader.at}`)
  }

  #readOperator() {
    const { reader, stack, points } = this
    const at = reader.at
    this.operators += 1
    let opcode = reader.byte()
    if (opcode >= 0xfb) opcode = this.#prefixed(opcode)
    const kind = kinds[opcode]
    if (kind === undefined || kind === UNKNOWN) this.refuse(nameUnknown(opcode))
    const feature = features[opcode]
    if (feature !== undefined && !this.rules.features.has(feature)) {
      this.refuse(names[opcode] ?? "an operator")
    }
    points.charge(this.prices.units[opcode] as number)
    if (kind !== PLAIN && kind !== MEMORY) {
      const helper = sizeHelpers[opcode] as number
      const { live } = points
      if (live && this.#shows[opcode] === 1) this.fuel.show(at)
      readSpecial(this, opcode, at)
      if (helper >= 0 && live) this.edits.add(at, reader.at, PAY_BY_SIZE, helper)
      if (points.live && changes[opcode] === 1) this.fuel.change()
      this.endRange(opcode)
      return
    }
    if (points.live && this.#shows[opcode] === 1) this.fuel.show(at)
    if (kind === MEMORY) this.#readAccess(opcode)
    if ((lanes[opcode] as number) > 0 && reader.byte() >= (lanes[opcode] as number))
      reader.fail("an unknown lane")
    if (points.live) this.nans.take(opcode, stack)
    for (let place = 3 * opcode; place < 3 * opcode + 3; place += 1) {
      const type = operands[place] as number
      if (type === 0) break
      stack.pop(type)
    }
    const result = results[opcode] as number
    if (result !== 0) stack.push(result)
    if (points.live) {
      this.bytes.operator(opcode)
      if (kind === PLAIN) this.#noteNans(opcode, at)
      this.endRange(opcode)
    }
  }

  #noteNans(opcode: number, at: number) {
    const flag = flags[opcode] as number
    if ((flag & MAKES_F32) !== 0) this.makesF32 = true
    if ((flag & MAKES_F64) !== 0) this.makesF64 = true
    if ((flag & (MAKES_F32X4 | MAKES_F64X2)) !== 0) this.makesVector = true
    const origin = this.nans.give(opcode, at, this.reader.at)
    if (origin !== UNKNOWN_ORIGIN) this.stack.mark(origin)
  }

  #prefixed(prefix: number): number {
    if (prefix === 0xfc || prefix === 0xfd) {
      const sub = this.reader.u32()
      const base = prefix === 0xfc ? BULK : VECTOR
      if (prefix === 0xfd && sub >= 0x100 && sub < 0x114) this.refuse("a relaxed vector operator")
      if (sub >= BULK) this.refuse(`the operator 0x${prefix.toString(16)} ${sub}`)
      return base + sub
    }
    return prefix
  }

  #readAccess(opcode: number) {
    const { reader } = this
    const alignment = reader.u32()
    if (alignment > (alignments[opcode] as number)) reader.fail("alignment above the natural one")
    reader.u32()
    if (this.module.memories.length === 0) reader.fail("a memory operator without a memory")
  }
}
