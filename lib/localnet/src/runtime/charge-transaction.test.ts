import { type Action, actions, KeyPair } from "near-api-js"
import { beforeEach, describe, expect, test } from "vitest"
import { functionCall, NEAR, TestChain, TGAS } from "../testing/test-chain.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"

const ALICE = "alice.test.near"
const KEY = KeyPair.fromRandom("ed25519").getPublicKey()

let chain: TestChain

beforeEach(async () => {
  chain = new TestChain()
  await chain.createAccount(ALICE, NEAR)
})

describe("a transaction is refused", () => {
  test.each<[error: string, list: Action[]]>([
    ["NotEnoughBalance", [actions.transfer(2n * NEAR)]],
    ["DeleteActionMustBeFinal", [actions.deleteAccount("test.near"), actions.transfer(1n)]],
    ["FunctionCallZeroAttachedGas", [functionCall("a", "", 0n)]],
    ["FunctionCallMethodNameLengthExceeded", [functionCall("a".repeat(257))]],
    [
      "TotalPrepaidGasExceeded",
      [functionCall("a", "", 600n * TGAS), functionCall("b", "", 600n * TGAS)],
    ],
    ["TotalNumberOfActionsExceeded", Array.from({ length: 101 }, () => actions.transfer(1n))],
    ["TransactionSizeExceeded", [functionCall("a", "x".repeat(1_572_864))]],
    ["InvalidAccountId", [actions.addFunctionCallAccessKey(KEY, "No Account", [], 1n)]],
    [
      "AddKeyMethodNameLengthExceeded",
      [actions.addFunctionCallAccessKey(KEY, "a.near", ["n".repeat(257)], 1n)],
    ],
  ])("as %s", async (error, list) => {
    await expect(chain.send(ALICE, "test.near", list)).rejects.toThrow(error)
  })

  test.each<[error: string, change: Partial<SignedTransaction>]>([
    ["InvalidSignature", { nonce: 5n, hash: "11".repeat(32) }],
    ["InvalidReceiverId", { hash: "11".repeat(32), receiverId: "No Account" }],
    ["InvalidSignerId", { hash: "11".repeat(32), signerId: "x" }],
    ["SignerDoesNotExist", { signerId: "nobody.near" }],
    ["AccessKeyNotFound", { signerId: "near" }],
    ["Expired", { blockHash: "22".repeat(32) }],
    ["InvalidNonce", { nonce: 0n }],
    ["NonceTooLarge", { nonce: 10n ** 15n }],
  ])("as %s", async (error, change) => {
    // Its hash, which alone is signed, stays: as if the signer had signed the change.
    const signed = await chain.sign(ALICE, "near", [actions.transfer(1n)])

    const refusal = chain.chain.submit({ ...signed, ...change })

    expect(JSON.stringify(refusal)).toContain(error)
  })

  test("when it would leave less than the account's storage costs", async () => {
    await chain.createContract("full.test.near", NEAR / 20n)

    await expect(
      chain.send("full.test.near", "test.near", [actions.transfer((NEAR * 4n) / 100n)]),
    ).rejects.toThrow("LackBalanceForState")
  })

  test("when the block that it names is too old", async () => {
    const old = await chain.sign(ALICE, "near", [actions.transfer(1n)])
    chain.chain.skip(90_000, 1)
    chain.produce()

    expect(chain.chain.submit(old)).toEqual({ error: "Expired" })
  })
})

test("what a block finds invalid ends as a failed transaction and costs nothing", async () => {
  const first = await chain.send(ALICE, "near", [actions.transfer((NEAR * 6n) / 10n)])
  const second = await chain.send(ALICE, "near", [actions.transfer((NEAR * 6n) / 10n)])

  chain.settle()

  expect(chain.status(first).result).toMatchObject({ kind: "value" })
  expect(chain.status(second).result).toMatchObject({
    error: { InvalidTxError: { NotEnoughBalance: { signer_id: ALICE } } },
  })
  expect(chain.status(second).transaction.done.outcome.tokensBurnt).toBe(0n)
})

test("transactions of one key go by nonce, whichever came first", async () => {
  const early = await chain.sign(ALICE, "near", [actions.transfer(1n)])
  const late = await chain.sign(ALICE, "near", [actions.transfer(2n)])
  chain.chain.submit(late)
  chain.chain.submit(early)

  chain.settle()

  expect(chain.status(early.hash).result).toMatchObject({ kind: "value" })
  expect(chain.status(late.hash).result).toMatchObject({ kind: "value" })
})

test("what passes a chunk's gas waits for the next block", async () => {
  await chain.createContract("contract.test.near")
  const hashes: string[] = []
  for (let call = 0; call < 4; call++) {
    const list = [functionCall("spin", "", 340n * TGAS)]
    hashes.push(await chain.send("test.near", "contract.test.near", list))
  }

  chain.settle()

  const heights = hashes.map((hash) => chain.status(hash).receipts[0]?.block.height ?? 0)
  const first = heights[0] ?? 0
  expect(heights).toEqual([first, first, first, first + 1])
  expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
})

test("the gas price rises under load and falls back to its least", async () => {
  await chain.createContract("contract.test.near")
  for (let call = 0; call < 3; call++) {
    await chain.send("test.near", "contract.test.near", [functionCall("spin", "", 340n * TGAS)])
  }

  chain.produce(2)
  expect(chain.chain.head.gasPrice).toBeGreaterThan(100_000_000n)

  chain.produce(20)
  expect(chain.chain.head.gasPrice).toBe(100_000_000n)
})
