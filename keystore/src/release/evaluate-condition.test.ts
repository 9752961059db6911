import type { AccessCondition, Comparison } from "@outlayer/protocol/pure"
import { createSlots } from "@outlayer/service"
import { describe, expect, test } from "vitest"
import type { Answer } from "../chain/snapshot.ts"
import { ConditionFailed, evaluateCondition } from "./evaluate-condition.ts"

const ALICE = "alice.near"
const WASM = "ab".repeat(32)
const YES: AccessCondition = "AllowAll"
const NO: AccessCondition = { Not: { condition: "AllowAll" } }
/** A contract that panics. */
const ERROR: AccessCondition = {
  FtBalance: { contract: "broken.near", operator: "Gte", value: "0" },
}

test.each<[string, AccessCondition, boolean]>([
  ["everybody", "AllowAll", true],
  ["who is on the list", { Whitelist: { accounts: ["bob.near", ALICE] } }, true],
  ["who is not on the list", { Whitelist: { accounts: ["alice.nea", "xalice.near"] } }, false],
  ["whose whole name matches", { AccountPattern: { pattern: "[a-z]+\\.near" } }, true],
  ["of whose name a part matches", { AccountPattern: { pattern: "alice" } }, false],
  ["who runs this wasm", { WasmHash: { hash: WASM } }, true],
  ["who runs another wasm", { WasmHash: { hash: "cd".repeat(32) } }, false],
  ["in time", { ValidUntil: { timestamp: "1001" } }, true],
  ["at the very end", { ValidUntil: { timestamp: "1000" } }, false],
  ["with NEAR enough", { NearBalance: { operator: "Gte", value: "50" } }, true],
  ["with too little NEAR", { NearBalance: { operator: "Gt", value: "50" } }, false],
  ["who owns the token", { NftOwned: { contract: "nft.near", token_id: "1" } }, true],
  ["who owns another token", { NftOwned: { contract: "nft.near", token_id: "2" } }, false],
  ["of a token that is not there", { NftOwned: { contract: "nft.near", token_id: "9" } }, false],
  ["who owns any token", { NftOwned: { contract: "nft.near", token_id: null } }, true],
  ["who owns none", { NftOwned: { contract: "empty.near", token_id: null } }, false],
  ["in the role", { DaoMember: { dao_contract: "dao.near", role: "council" } }, true],
  ["in another role", { DaoMember: { dao_contract: "dao.near", role: "builders" } }, false],
  ["in everybody's role", { DaoMember: { dao_contract: "dao.near", role: "all" } }, true],
  ["in a role by weight", { DaoMember: { dao_contract: "dao.near", role: "holders" } }, false],
  ["in no such role", { DaoMember: { dao_contract: "dao.near", role: "kings" } }, false],
  ["not", NO, false],
  ["not not", { Not: { condition: NO } }, true],
])("a condition on %s", async (_, condition, verdict) => {
  expect(await evaluate(condition)).toBe(verdict)
})

test.each<[Comparison, boolean, boolean, boolean]>([
  ["Gte", false, true, true],
  ["Lte", true, true, false],
  ["Gt", false, false, true],
  ["Lt", true, false, false],
  ["Eq", false, true, false],
  ["Ne", true, false, true],
])("%s compares exactly, below, at and above", async (operator, below, at, above) => {
  const ask = (value: bigint) =>
    evaluate({ FtBalance: { contract: "ft.near", operator, value: String(value) } })
  // The balance is 2^120: a float would not tell these apart.
  const balance = 2n ** 120n

  expect([await ask(balance + 1n), await ask(balance), await ask(balance - 1n)]).toEqual([
    below,
    at,
    above,
  ])
})

describe("Logic goes from left to right", () => {
  test("and ends where it is decided", async () => {
    expect(await evaluate(logic("And", YES, YES))).toBe(true)
    expect(await evaluate(logic("And", YES, NO, ERROR))).toBe(false)
    expect(await evaluate(logic("Or", NO, YES, ERROR))).toBe(true)
    expect(await evaluate(logic("Or", NO, NO))).toBe(false)
    expect(await evaluate(logic("Or", logic("And", YES, NO), logic("And", YES, YES)))).toBe(true)
  })

  test("so that an error that is reached decides, and nothing turns it into a yes", async () => {
    const conditions = [
      logic("And", YES, ERROR),
      logic("Or", NO, ERROR, YES),
      logic("Or", ERROR, YES),
      { Not: { condition: ERROR } },
      logic("And", ERROR, NO),
      logic("And"),
      logic("Or"),
    ]
    for (const condition of conditions) {
      await expect(evaluate(condition)).rejects.toThrow(ConditionFailed)
    }
  })
})

test.each<[string, unknown]>([
  ["a number", 5],
  ["a negative number", "-1"],
  ["too large a number", String(2n ** 128n)],
  ["a hex number", "0x10"],
  ["nothing", null],
  ["an object", { balance: "1" }],
])("a token that answers %s lets nobody in", async (_, value) => {
  const condition: AccessCondition = {
    Not: { condition: { FtBalance: { contract: "odd.near", operator: "Gte", value: "1" } } },
  }
  const views = { "odd.near.ft_balance_of": value }
  await expect(evaluate(condition, views)).rejects.toThrow(ConditionFailed)
})

test("a list of tokens that are another's lets nobody in", async () => {
  const views = { "liar.near.nft_tokens_for_owner": [{ owner_id: "bob.near" }] }
  const condition: AccessCondition = { NftOwned: { contract: "liar.near", token_id: null } }
  expect(await evaluate(condition, views)).toBe(false)
})

test("more reads of the chain than are allowed end in a denial", async () => {
  const one: AccessCondition = { NearBalance: { operator: "Gte", value: "0" } }
  const many = (count: number): AccessCondition => ({
    Logic: { operator: "And", conditions: Array.from({ length: count }, () => one) },
  })

  expect(await evaluate(many(32))).toBe(true)
  await expect(evaluate(many(33))).rejects.toThrow("more than 32 reads")
})

test("contracts that together say more than is read end in a denial", async () => {
  const token = (token_id: string): AccessCondition => ({
    NftOwned: { contract: "big.near", token_id },
  })
  const all = (count: number): AccessCondition => ({
    Logic: {
      operator: "Or",
      conditions: [...Array.from({ length: count }, (_, at) => token(String(at))), "AllowAll"],
    },
  })
  const says = { owner_id: "bob.near", more: "x".repeat(100 * 1024) }
  const views = Object.fromEntries([0, 1, 2].map((at) => [`big.near.nft_token.${at}`, says]))

  expect(await evaluate(all(2), views)).toBe(true)
  await expect(evaluate(all(3), views)).rejects.toThrow(ConditionFailed)
  await expect(evaluate({ Not: { condition: all(3) } }, views)).rejects.toThrow(ConditionFailed)
})

test.each<[string, AccessCondition]>([
  ["a token", { FtBalance: { contract: "slow.near", operator: "Gte", value: "1" } }],
  ["a balance", { NearBalance: { operator: "Gte", value: "0" } }],
])("a read of %s that takes longer than all may take ends in a denial", async (_, condition) => {
  const snapshot = {
    block: { height: 7, hash: "h", timestampNs: 1_000n },
    balance: () => new Promise<never>(() => {}),
    viewText: () => new Promise<never>(() => {}),
  }
  const judged = { accountId: ALICE, wasmHash: WASM, snapshot, reads: createSlots(1), timeoutMs: 1 }

  await expect(evaluateCondition(condition, judged)).rejects.toThrow(ConditionFailed)
})

test("a slow contract is not asked again when its time is over", async () => {
  const { promise, resolve } = Promise.withResolvers<Answer<string>>()
  let asked = 0
  const snapshot = {
    block: { height: 7, hash: "h", timestampNs: 1_000n },
    balance: () => new Promise<never>(() => {}),
    viewText: () => {
      asked += 1
      return promise
    },
  }
  const token: AccessCondition = { NftOwned: { contract: "slow.near", token_id: "1" } }
  const condition: AccessCondition = { Logic: { operator: "Or", conditions: [token, token] } }
  const judged = { accountId: ALICE, wasmHash: WASM, snapshot, reads: createSlots(1), timeoutMs: 1 }

  await expect(evaluateCondition(condition, judged)).rejects.toThrow(ConditionFailed)
  resolve({ ok: true, value: "null" })
  await new Promise((turn) => setImmediate(turn))

  expect(asked).toBe(1)
})

test("while others read, only conditions that read wait, and no time of theirs goes by", async () => {
  const other = Promise.withResolvers<void>()
  const reads = createSlots(1)
  const reading = reads.run(() => other.promise)
  const snapshot = {
    block: { height: 7, hash: "h", timestampNs: 1_000n },
    balance: async (): Promise<Answer<bigint>> => ({ ok: true, value: 50n }),
    viewText: () => new Promise<never>(() => {}),
  }
  const judged = { accountId: ALICE, wasmHash: WASM, snapshot, reads, timeoutMs: 1 }
  const asks: AccessCondition = { NearBalance: { operator: "Gte", value: "1" } }
  const reader = evaluateCondition(logic("And", YES, { Not: { condition: asks } }), judged)

  expect(await evaluateCondition(logic("And", YES, NO), judged)).toBe(false)
  // More than the reader has of his own.
  await new Promise((resolve) => setTimeout(resolve, 20))
  other.resolve()

  expect(await reader).toBe(false)
  await reading
})

test.each<[string, unknown, AccessCondition]>([
  ["nft_tokens_for_owner", [0], { NftOwned: { contract: "odd.near", token_id: null } }],
  ["nft_token.1", { owner_id: 1 }, { NftOwned: { contract: "odd.near", token_id: "1" } }],
  ["get_policy", { roles: [0] }, { DaoMember: { dao_contract: "odd.near", role: "council" } }],
])("a contract whose %s is not the standard's lets nobody in", async (name, value, condition) => {
  const views = { [`odd.near.${name}`]: value }
  await expect(evaluate(condition, views)).rejects.toThrow(ConditionFailed)
})

test("what is no JSON lets nobody in", async () => {
  const condition: AccessCondition = { NftOwned: { contract: "odd.near", token_id: "1" } }
  await expect(evaluate(condition, { "odd.near.nft_token.1": undefined })).rejects.toThrow(
    ConditionFailed,
  )
})

const VIEWS: Record<string, unknown> = {
  "ft.near.ft_balance_of": String(2n ** 120n),
  "nft.near.nft_token.1": { token_id: "1", owner_id: ALICE },
  "nft.near.nft_token.2": { token_id: "2", owner_id: "bob.near" },
  "nft.near.nft_token.9": null,
  "nft.near.nft_tokens_for_owner": [{ token_id: "1", owner_id: ALICE }],
  "empty.near.nft_tokens_for_owner": [],
  "dao.near.get_policy": {
    roles: [
      { name: "all", kind: "Everyone", permissions: [] },
      { name: "council", kind: { Group: ["bob.near", ALICE] } },
      { name: "builders", kind: { Group: ["bob.near"] } },
      { name: "holders", kind: { Member: "100" } },
    ],
  },
}

function logic(operator: "And" | "Or", ...conditions: AccessCondition[]): AccessCondition {
  return { Logic: { operator, conditions } }
}

function evaluate(
  condition: AccessCondition,
  views: Record<string, unknown> = VIEWS,
): Promise<boolean> {
  const snapshot = {
    block: { height: 7, hash: "h", timestampNs: 1_000n },
    balance: async (): Promise<Answer<bigint>> => ({ ok: true, value: 50n }),
    async viewText(contract: string, method: string, args: object): Promise<Answer<string>> {
      const token = "token_id" in args ? `.${String(args.token_id)}` : ""
      const name = `${contract}.${method}${token}`
      if (name in views) return { ok: true, value: JSON.stringify(views[name]) ?? "{" }
      return { ok: false, failure: "CONTRACT_EXECUTION_ERROR" }
    },
  }
  const reads = createSlots(1)
  return evaluateCondition(condition, { accountId: ALICE, wasmHash: WASM, snapshot, reads })
}
