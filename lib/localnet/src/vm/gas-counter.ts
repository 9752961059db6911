import { HostError } from "./host-error.ts"
import {
  ACTION_FEES,
  type ActionCost,
  EXT_COMPUTE_COSTS,
  EXT_COSTS,
  type ExtCost,
  MAX_GAS_BURNT,
  sendFee,
} from "./parameters.ts"
import type { GasProfile } from "./call-outcome.ts"

const U64_MAX = 2n ** 64n - 1n

/**
 * Gas of one call. Three numbers: burnt, promised to receipts, and the limit of what may
 * be burnt. While wasm runs, `fuel` holds limit - burnt: host functions enter and leave.
 */
export class GasCounter {
  /** Imported by the metered module, i64: what is left. */
  readonly fuel: WebAssembly.Global<"i64">
  readonly #prepaid: bigint
  readonly #ext = new Map<ExtCost, bigint>()
  readonly #actions = new Map<ActionCost, bigint>()
  #limit: bigint
  #burnt = 0n
  #promised = 0n

  constructor(prepaid: bigint) {
    this.#prepaid = prepaid
    this.#limit = min(MAX_GAS_BURNT, prepaid)
    this.fuel = new WebAssembly.Global({ value: "i64", mutable: true }, this.#limit)
  }

  get burnt(): bigint {
    return this.#burnt
  }

  get used(): bigint {
    return this.#burnt + this.#promised
  }

  /** Wasm stops: takes over what it left. Below zero it was refused a charge, which is then accounted for. */
  enter(): void {
    const fuel = this.fuel.value
    const burnt = this.#limit - fuel
    if (fuel < 0n) this.#exceed(burnt, burnt + this.#promised)
    this.#burnt = burnt
  }

  /** Wasm goes on. */
  leave(): void {
    this.fuel.value = this.#limit - this.#burnt
  }

  /** A method that is not there costs nothing, not even loading. */
  refundAll(): void {
    this.#burnt = 0n
    this.#ext.clear()
  }

  payBase(cost: ExtCost): void {
    this.#payExt(cost, EXT_COSTS[cost])
  }

  payPer(cost: ExtCost, count: bigint | number): void {
    const gas = EXT_COSTS[cost] * BigInt(count)
    if (gas > U64_MAX) throw new HostError("IntegerOverflow")
    this.#payExt(cost, gas)
  }

  /** Operators that a contract claims to have run: they show in no profile entry of their own. */
  burn(gas: bigint): void {
    const burnt = this.#burnt + gas
    if (burnt > U64_MAX) throw new HostError("IntegerOverflow")
    if (burnt > this.#limit) this.#exceed(burnt, burnt + this.#promised)
    this.#burnt = burnt
  }

  /** The sending fee is burnt, the execution fee promised. */
  payAction(action: ActionCost, senderIsReceiver: boolean): void {
    const burnt = sendFee(action, senderIsReceiver)
    this.payActionGas(action, burnt, ACTION_FEES[action].execution)
  }

  payActionPerByte(action: ActionCost, bytes: number, senderIsReceiver: boolean): void {
    const count = BigInt(bytes)
    const burnt = sendFee(action, senderIsReceiver) * count
    this.payActionGas(action, burnt, ACTION_FEES[action].execution * count)
  }

  payActionGas(action: ActionCost, burnt: bigint, promised: bigint): void {
    const before = this.#burnt
    try {
      this.#deduct(burnt, promised)
    } finally {
      add(this.#actions, action, this.#burnt - before)
    }
  }

  /** Gas that a receipt carries along. */
  promise(gas: bigint): void {
    this.#deduct(0n, gas)
  }

  profile(): GasProfile {
    const ext = withoutZeros(this.#ext)
    const actions = withoutZeros(this.#actions)
    const wasm = this.#burnt - sum(ext) - sum(actions)
    return { wasm, ext, actions }
  }

  computeUsage(): bigint {
    let usage = this.#burnt
    for (const [cost, gas] of this.#ext) {
      const compute = EXT_COMPUTE_COSTS[cost]
      if (compute !== undefined) usage += (gas * compute) / EXT_COSTS[cost] - gas
    }
    return usage
  }

  #payExt(cost: ExtCost, gas: bigint): void {
    const before = this.#burnt
    try {
      this.burn(gas)
    } finally {
      add(this.#ext, cost, this.#burnt - before)
    }
  }

  #deduct(burntNow: bigint, promisedNow: bigint): void {
    const burnt = this.#burnt + burntNow
    const promised = this.#promised + promisedNow
    if (burnt + promised > U64_MAX) throw new HostError("IntegerOverflow")
    if (burnt > MAX_GAS_BURNT || burnt + promised > this.#prepaid) {
      this.#exceed(burnt, burnt + promised)
    }
    this.#burnt = burnt
    this.#promised = promised
    this.#limit = min(MAX_GAS_BURNT, this.#prepaid - promised)
  }

  /** Running out eats gas that was promised already: no promise will be kept, and nobody gave it back. */
  #exceed(burnt: bigint, used: bigint): never {
    this.#burnt = min(burnt, min(this.#prepaid, MAX_GAS_BURNT))
    const promised = min(this.#prepaid, used) - this.#burnt
    this.#promised = promised > 0n ? promised : 0n
    throw new HostError(burnt > MAX_GAS_BURNT ? "GasLimitExceeded" : "GasExceeded")
  }
}

function add<K>(counts: Map<K, bigint>, key: K, gas: bigint): void {
  counts.set(key, (counts.get(key) ?? 0n) + gas)
}

function withoutZeros(counts: Map<string, bigint>): Record<string, bigint> {
  return Object.fromEntries([...counts].filter(([, gas]) => gas > 0n))
}

function sum(counts: Record<string, bigint>): bigint {
  return Object.values(counts).reduce((total, gas) => total + gas, 0n)
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
