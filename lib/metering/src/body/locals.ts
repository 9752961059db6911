import type { ByteReader } from "../binary/byte-reader.ts"
import type { Rules } from "../binary/rules.ts"
import { checkValueType, isTypeOfProposal } from "../binary/types.ts"
import { F64, I32, sizeOfType } from "../binary/value-types.ts"
import { ModuleRefused } from "../module-refused.ts"

/** Parameters and locals of one function at a time, and the locals of all so far. */
export class Locals {
  readonly #rules: Rules
  #types = new Uint8Array(1024)
  /** Parameters and locals. */
  count = 0
  declared = 0
  bytes = 0
  /** The declarations as they stand, without their count. */
  groups = 0
  from = 0
  to = 0
  #ofModule = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  read(reader: ByteReader, params: Uint8Array): void {
    const { locals, localsOfModule } = this.#rules.limits
    this.groups = reader.u32()
    this.from = reader.at
    const found: [count: number, type: number][] = []
    this.declared = 0
    for (let group = 0; group < this.groups; group += 1) {
      const count = reader.u32()
      const type = reader.byte()
      if ((type < F64 || type > I32) && !isTypeOfProposal(type)) {
        reader.fail(`value type 0x${type.toString(16)}`)
      }
      this.declared += count
      this.#ofModule += count
      if (this.#ofModule > localsOfModule.most) {
        throw new ModuleRefused(localsOfModule.code, `more than ${localsOfModule.most} locals`)
      }
      found.push([count, type])
    }
    this.to = reader.at
    this.count = params.length + this.declared
    for (const [, type] of found) checkValueType(reader, type, this.#rules)
    if (this.count > locals.most) {
      throw new ModuleRefused(locals.code, `${this.count} locals in one function`)
    }
    this.#spread(params, found)
  }

  /** The type of a local, or undefined where there is none. */
  type(index: number): number | undefined {
    return index < this.count ? this.#types[index] : undefined
  }

  #spread(params: Uint8Array, found: readonly [count: number, type: number][]) {
    if (this.count > this.#types.length) this.#types = new Uint8Array(this.count * 2)
    this.#types.set(params)
    this.bytes = 0
    for (const type of params) this.bytes += sizeOfType(type)
    let next = params.length
    for (const [count, type] of found) {
      this.#types.fill(type, next, next + count)
      next += count
      this.bytes += count * sizeOfType(type)
    }
  }
}
