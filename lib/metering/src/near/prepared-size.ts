import type { BodyReader } from "../body/body-reader.ts"
import { END, PAY_BY_SIZE, RETURN } from "../body/edits.ts"
import type { PriceList } from "../body/price-list.ts"
import type { WasmModule } from "../binary/wasm-module.ts"

/**
 * The size of the module that near-vm-runner itself would make, which it limits. Counted from the sequences that it inserts; of the
 * sections other than the code it takes the sizes that they have, which may differ by a few dozen bytes.
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
    // Each: a global read and written, four constants of 128-bit arithmetic, and a check of seven operators.
    const stackChange = 2 * (1 + stackGlobal) + 2 + 2 + 1 + signedLength(frame) + 2 + 9
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
      if (kind === PAY_BY_SIZE) size += 66 + 4 * globals
    }
    this.#bytes += size + unsignedLength(size)
  }

  ofModule({ bytes, bodies, nameSection }: WasmModule): number {
    const code = bodies.reduce((sum, { from, to }) => sum + to - from, 0)
    const names = nameSection === undefined ? 0 : nameSection.to - nameSection.from
    return bytes.length - code - names + this.#bytes
  }
}

/** global.get, const, lt_u, if, const, call, unreachable, else, global.get, const, sub, global.set, end. */
function chargeLength(gas: number, globals: number): number {
  return 3 * (1 + signedLength(gas)) + 3 * (1 + globals) + 9
}

function unsignedLength(value: number): number {
  return value < 128 ? 1 : 1 + unsignedLength(Math.floor(value / 128))
}

function signedLength(value: number): number {
  return value < 64 ? 1 : 1 + signedLength(Math.floor(value / 128))
}
