import { expect, test } from "vitest"
import fixture from "../../fixtures/access-conditions.json" with { type: "json" }
import { AccessConditionError, LIMITS, parseAccessCondition } from "./index.ts"

test.each(fixture.taken.map((condition) => [condition]))("%j is a condition", (condition) => {
  expect(parseAccessCondition(condition)).toEqual(condition)
})

test.each(fixture.refused.map((condition) => [condition]))("%j is none", (condition) => {
  expect(() => parseAccessCondition(condition)).toThrow(AccessConditionError)
})

test("a condition is kept in one spelling", () => {
  const spelled = {
    Logic: {
      conditions: [
        { NftOwned: { contract: "nft.near" } },
        { WasmHash: { hash: "AB".repeat(32) } },
        { NearBalance: { value: "0010", operator: "Gt" } },
      ],
      operator: "And",
    },
  }
  const kept = {
    Logic: {
      operator: "And",
      conditions: [
        { NftOwned: { contract: "nft.near", token_id: null } },
        { WasmHash: { hash: "ab".repeat(32) } },
        { NearBalance: { operator: "Gt", value: "10" } },
      ],
    },
  }
  expect(JSON.stringify(parseAccessCondition(spelled))).toBe(JSON.stringify(kept))
})

test("a condition nests 8 deep, and no deeper", () => {
  const nested = (depth: number): unknown =>
    depth === 1 ? "AllowAll" : { Not: { condition: nested(depth - 1) } }

  parseAccessCondition(nested(LIMITS.accessConditionDepth))
  expect(() => parseAccessCondition(nested(LIMITS.accessConditionDepth + 1))).toThrow(
    "more than 8 deep",
  )
  // Refused where it is too deep, not where it ends.
  expect(() => parseAccessCondition(nested(5_000))).toThrow("more than 8 deep")
})

test("a condition has 64 nodes, and no more", () => {
  const wide = (nodes: number) => ({
    Logic: { operator: "Or", conditions: Array.from({ length: nodes - 1 }, () => "AllowAll") },
  })

  parseAccessCondition(wide(LIMITS.accessConditionNodes))
  expect(() => parseAccessCondition(wide(LIMITS.accessConditionNodes + 1))).toThrow(
    "access has more than 64 conditions",
  )
})

test.each([
  [{ Whitelist: { accounts: ["a.near", "B"] } }, "access.Whitelist.accounts[1] is not an account"],
  [{ Not: { condition: { Whitelist: 1 } } }, "access.Not.condition.Whitelist must be an object"],
  [{ AccountPattern: { pattern: "a(b" } }, "access.AccountPattern.pattern: a group is not closed"],
  [{ FtBalance: { token: "a" } }, "Unknown field in access.FtBalance: token"],
  [{ Age: {} }, 'access must be "AllowAll" or one of Whitelist, AccountPattern'],
])("what is wrong with %j is said by its place: %s", (condition, message) => {
  expect(() => parseAccessCondition(condition)).toThrow(message)
})
