import type { BodyReader } from "../body/body-reader.ts"
import { CALL, END, PAY_BY_SIZE, RETURN } from "../body/edits.ts"
import type { PriceList } from "../body/price-list.ts"
import type { WasmModule } from "../binary/wasm-module.ts"

/** Of types, imports, globals and an export that near-vm-runner adds. */
const ADDED = 150
/** A check of a 128-bit result: eqz, if, else, call, unreachable, end. */
const CHECK = 8

/**
 * The size of the module that near-vm-runner itself would make, which it limits: counted from the sequences that it inserts. Sections
 * other than the code it takes as they are, so that it may be a few dozen bytes off.
 */
export class PreparedSize {
  readonly #prices: PriceList
  #bytes = 0

  constructor(prices: PriceList) {
    this.#prices = prices
  }

  add(body: BodyReader): void {
    const { signature, locals, stack, bytes, points, edits, module, reader } = body
    const globals = unsignedLength(module.globals.length)
    const stackGlobal = unsignedLength(module.globals.length + 1)
    const { stack: frame, units } = this.#prices.entry({
      signature,
      locals: locals.declared,
      localBytes: locals.bytes,
      operandHeight: stack.highest,
      operandBytes: bytes.highest,
    })
    // The global read and written, three constants, 128-bit arithmetic, the check.
    const stackChange = 2 * (1 + stackGlobal) + 2 + 1 + signedLength(frame) + 2 + 2 + CHECK
    const linear = linearChargeLength(locals.count, globals)
    let size = locals.to - locals.from + unsignedLength(locals.groups + 2) + 4
    size += 2 + stackChange + chargeLength(units * this.#prices.unit, globals)
    size += reader.end - body.code
    for (let range = 0; range < points.count; range += 1) {
      const charge = points.unitsAt(range)
      if (charge > 0) size += chargeLength(charge * this.#prices.unit, globals)
    }
    for (let edit = 0; edit < edits.count; edit += 1) {
      const kind = edits.kind(edit)
      if (kind === RETURN) size += stackChange
      if (kind === END) size += stackChange + 1
      if (kind === PAY_BY_SIZE) size += linear
      if (kind === CALL)
        size += callGrowth(edits.resume(edit) - edits.at(edit), edits.argument(edit))
    }
    this.#bytes += size + unsignedLength(size)
  }

  ofModule({ bytes, bodies, exports, customBytes }: WasmModule): number {
    const code = bodies.reduce((sum, { from, to }) => sum + to - from, 0)
    return bytes.length - code - customBytes + exports.length + ADDED + this.#bytes
  }
}

/** global.get, const, lt_u, if, const, call, unreachable, else, global.get, const, sub, global.set, end. */
function chargeLength(gas: number, globals: number): number {
  return 3 * (1 + signedLength(gas)) + 3 * (1 + globals) + 9
}

/** The size kept, extended and multiplied, the base added, both checked, and the sum charged. */
function linearChargeLength(local: number, globals: number): number {
  const locals = 3 * (1 + unsignedLength(local)) + 2 * (1 + unsignedLength(local + 1))
  return locals + 3 * (1 + globals) + 27 + 2 * CHECK
}

/** Functions move by three, and an index that was padded no longer is. */
function callGrowth(length: number, index: number): number {
  return index < 0 ? 0 : 1 + unsignedLength(index + 3) - length
}

function unsignedLength(value: number): number {
  return value < 128 ? 1 : 1 + unsignedLength(Math.floor(value / 128))
}

function signedLength(value: number): number {
  return value < 64 ? 1 : 1 + signedLength(Math.floor(value / 128))
}
