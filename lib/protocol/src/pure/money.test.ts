import { expect, test } from "vitest"
import cases from "../../fixtures/settlements.json" with { type: "json" }
import {
  blameFor,
  completeLimits,
  costOf,
  DEFAULT_PRICES,
  estimateCost,
  FAILURE_CODES,
  findLimitOverCap,
  isFailureCode,
  LIMIT_NAMES,
  LIMIT_RANGES,
  settle,
} from "./index.ts"

test("the default limits cost 0.077 NEAR in advance", () => {
  expect(estimateCost(DEFAULT_PRICES, completeLimits(null))).toBe(77n * 10n ** 21n)
})

test("the estimate rounds instructions up to whole millions", () => {
  const cost = (max_instructions: number) =>
    estimateCost(DEFAULT_PRICES, completeLimits({ max_instructions }))
  expect(cost(1)).toBe(cost(1_000_000))
  expect(cost(1_000_001) - cost(1_000_000)).toBe(DEFAULT_PRICES.perMillionInstructions)
})

test("a charge rounds instructions down", () => {
  const prices = { base: 0n, perMillionInstructions: 3n, perMs: 0n, perCompileMs: 0n }
  const cost = (instructions: number) =>
    costOf(prices, { instructions, timeMs: 0, compileTimeMs: 0 })
  expect([333_333, 333_334, 666_667, 1_000_000].map(cost)).toEqual([0n, 1n, 2n, 3n])
})

test.each(cases)("$what", ({ payment, use, failure, charged, refunded }) => {
  const code = isFailureCode(failure) ? failure : undefined
  expect(settle(DEFAULT_PRICES, BigInt(payment), use, code)).toEqual({
    charged: BigInt(charged),
    refunded: BigInt(refunded),
  })
})

test("use within the limits never costs more than their estimate, and no yocto is lost", () => {
  for (let round = 0; round < 2_000; round += 1) {
    const limits = completeLimits({
      max_instructions: drawUpTo(LIMIT_RANGES.max_instructions.max),
      max_execution_seconds: drawUpTo(LIMIT_RANGES.max_execution_seconds.max),
      max_compile_seconds: drawUpTo(LIMIT_RANGES.max_compile_seconds.max),
    })
    const prices = {
      base: BigInt(drawUpTo(1e15)),
      perMillionInstructions: BigInt(drawUpTo(1e15)),
      perMs: BigInt(drawUpTo(1e15)),
      perCompileMs: BigInt(drawUpTo(1e15)),
    }
    const use = {
      instructions: drawUpTo(limits.max_instructions),
      timeMs: drawUpTo(limits.max_execution_seconds * 1000),
      compileTimeMs: drawUpTo(limits.max_compile_seconds * 1000),
    }
    expect(costOf(prices, use)).toBeLessThanOrEqual(estimateCost(prices, limits))
    const payment = BigInt(drawUpTo(2 ** 53 - 1)) * 1_000_000n
    for (const code of [undefined, ...FAILURE_CODES]) {
      const { charged, refunded } = settle(prices, payment, use, code)
      expect(charged + refunded).toBe(payment)
      expect(charged).toBeGreaterThanOrEqual(0n)
      expect(refunded).toBeGreaterThanOrEqual(0n)
    }
  }
})

test("only what is ours is free", () => {
  const use = { instructions: 0, timeMs: 0, compileTimeMs: 0 }
  const free = FAILURE_CODES.filter((code) => settle(DEFAULT_PRICES, 1n, use, code).charged === 0n)
  expect(free).toEqual(FAILURE_CODES.filter((code) => blameFor(code) === "ours"))
  expect(free).toEqual([
    "infrastructure",
    "repository_unreachable",
    "capacity",
    "expired",
    "cancelled",
  ])
})

test("a name that every object has is no failure code", () => {
  for (const code of ["constructor", "toString", "__proto__", "", null, 1]) {
    expect(isFailureCode(code)).toBe(false)
  }
})

test.each(LIMIT_NAMES)(
  "%s has a default below its cap, and no more than the cap passes",
  (name) => {
    const { max } = LIMIT_RANGES[name]
    expect(findLimitOverCap(completeLimits({}))).toBeUndefined()
    expect(findLimitOverCap(completeLimits({ [name]: max }))).toBeUndefined()
    expect(findLimitOverCap(completeLimits({ [name]: max + 1 }))).toBe(name)
  },
)

function drawUpTo(max: number): number {
  return 1 + Math.floor(Math.random() * max)
}
