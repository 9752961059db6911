/** What a request costs, before it runs and after. All amounts in yocto NEAR. */
import { LIMITS } from "./constants.ts"
import { blameFor, type FailureCode } from "./failure-codes.ts"
import type { ResourceLimits } from "./resource-limits.ts"

export interface Prices {
  base: bigint
  perMillionInstructions: bigint
  perMs: bigint
  perCompileMs: bigint
}

/** What a worker metered. */
export interface Use {
  instructions: number
  timeMs: number
  compileTimeMs: number
}

export interface Settlement {
  charged: bigint
  refunded: bigint
}

const MILLION = 1_000_000n

export const DEFAULT_PRICES: Readonly<Prices> = {
  base: BigInt(LIMITS.priceYocto.base),
  perMillionInstructions: BigInt(LIMITS.priceYocto.perMillionInstructions),
  perMs: BigInt(LIMITS.priceYocto.perMs),
  perCompileMs: BigInt(LIMITS.priceYocto.perCompileMs),
}

/** What must be paid in advance: every limit used up, instructions in whole millions. */
export function estimateCost(prices: Prices, limits: ResourceLimits): bigint {
  return (
    prices.base +
    ((BigInt(limits.max_instructions) + MILLION - 1n) / MILLION) * prices.perMillionInstructions +
    BigInt(limits.max_execution_seconds) * 1000n * prices.perMs +
    BigInt(limits.max_compile_seconds) * 1000n * prices.perCompileMs
  )
}

/** Base fee and metered use, rounded down; the payment does not bound it yet. */
export function costOf(prices: Prices, use: Use): bigint {
  return (
    prices.base +
    (BigInt(use.instructions) * prices.perMillionInstructions) / MILLION +
    BigInt(use.timeMs) * prices.perMs +
    BigInt(use.compileTimeMs) * prices.perCompileMs
  )
}

/** Splits a payment at the end of its request. Without a failure it was a success. */
export function settle(
  prices: Prices,
  payment: bigint,
  use: Use,
  failure?: FailureCode,
): Settlement {
  if (failure !== undefined && blameFor(failure) === "ours") {
    return { charged: 0n, refunded: payment }
  }
  const cost = costOf(prices, use)
  const charged = cost < payment ? cost : payment
  return { charged, refunded: payment - charged }
}
