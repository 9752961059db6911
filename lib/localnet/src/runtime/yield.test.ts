import { describe, expect, test } from "vitest"
import { NEAR, functionCall, resultOf, TestChain } from "../testing/test-chain.ts"

const CONTRACT = "yielder.test.near"
const TIMEOUT = 200

describe("a yield", () => {
  test("wakes in the block after the resume, with the payload", async () => {
    const { test: chain, hash } = await started("start")

    const before = chain.chain.head.height
    const resumed = await chain.send("test.near", CONTRACT, [functionCall("resume", "hello")])
    chain.produce(3)

    expect(resultOf(chain.status(resumed))).toBe("1")
    expect(resultOf(chain.status(hash))).toBe("hello")
    const callback = chain.status(hash).receipts.find(({ done }) => done.receipt.isYield)
    expect(callback?.block.height).toBe(before + 3)
  })

  test("keeps its transaction below executed until it wakes", async () => {
    const { test: chain, hash } = await started("start")

    chain.produce(5)
    expect(chain.status(hash).progress).toBe("INCLUDED_FINAL")
    expect(chain.status(hash).result).toBeUndefined()

    await chain.call("test.near", CONTRACT, "resume", "x")
    chain.produce(3)
    expect(chain.status(hash).progress).toBe("FINAL")
  })

  test("can be resumed by the call that made it", async () => {
    const { test: chain, hash } = await started("start_and_resume", "mine")

    chain.settle()

    expect(resultOf(chain.status(hash))).toBe("mine")
  })

  test("can be resumed by another receipt of the same block", async () => {
    const chain = await withContract()
    const hash = await chain.send("test.near", CONTRACT, [functionCall("start")])
    const resumed = await chain.send("test.near", CONTRACT, [functionCall("resume", "same block")])

    chain.settle()

    expect(resultOf(chain.status(resumed))).toBe("1")
    expect(resultOf(chain.status(hash))).toBe("same block")
    expect(blockOf(chain, resumed)).toBe(blockOf(chain, hash))
  })

  test("can be resumed by a later action of the same transaction", async () => {
    const chain = await withContract()

    const actions = [functionCall("start_detached"), functionCall("resume", "second action")]
    const status = await chain.run("test.near", CONTRACT, actions)

    expect(resultOf(status)).toBe("1")
    expect(chain.data(CONTRACT, "result")).toBe("second action")
  })

  test("that nobody resumes fails in the block after its 200th", async () => {
    const { test: chain, hash } = await started("start")
    const made = blockOf(chain, hash)

    while (chain.chain.head.height < made + TIMEOUT) chain.produce()
    expect(resultOf(chain.status(hash))).toBeUndefined()
    chain.produce()

    expect(resultOf(chain.status(hash))).toBe("failed")
    const callback = chain.status(hash).receipts.find(({ done }) => done.receipt.isYield)
    expect(callback?.block.height).toBe(made + TIMEOUT + 1)
  })

  test("that has timed out cannot be resumed", async () => {
    const { test: chain, hash } = await started("start")
    chain.produce(TIMEOUT + 2)
    expect(resultOf(chain.status(hash))).toBe("failed")

    const late = await chain.call("test.near", CONTRACT, "resume", "late")

    expect(resultOf(late)).toBe("0")
    expect(chain.data(CONTRACT, "result")).toBe("failed")
  })

  test("times out after skipped heights as soon as there is a block", async () => {
    const { test: chain, hash } = await started("start")

    chain.chain.skip(500, 600)
    chain.produce(2)

    expect(resultOf(chain.status(hash))).toBe("failed")
  })

  test("that is resumed in its last block does not time out", async () => {
    const { test: chain, hash } = await started("start")
    const expiry = blockOf(chain, hash) + TIMEOUT
    while (chain.chain.head.height < expiry - 2) chain.produce()

    const resumed = await chain.send("test.near", CONTRACT, [functionCall("resume", "in time")])
    chain.produce(3)

    expect(blockOf(chain, resumed)).toBe(expiry)
    expect(resultOf(chain.status(hash))).toBe("in time")
  })

  test("resumed twice before its callback takes the first payload", async () => {
    const { test: chain, hash } = await started("start")

    const actions = [functionCall("resume", "first"), functionCall("resume", "second")]
    const twice = await chain.run("test.near", CONTRACT, actions)

    expect(resultOf(twice)).toBe("1")
    expect(resultOf(chain.status(hash))).toBe("first")
  })

  test("resumed again after its callback answers 0", async () => {
    const { test: chain } = await started("start")
    await chain.call("test.near", CONTRACT, "resume", "first")

    const again = await chain.call("test.near", CONTRACT, "resume", "second")

    expect(resultOf(again)).toBe("0")
    expect(chain.data(CONTRACT, "result")).toBe("first")
  })

  test("of a call that fails never was", async () => {
    const { test: chain, hash } = await started("start_and_fail")
    chain.settle()
    expect(resultOf(chain.status(hash))).toContain("explicit guest panic")

    chain.produce(TIMEOUT + 2)

    expect(chain.data(CONTRACT, "result")).toBeUndefined()
  })

  test("goes on waiting when the call that resumed it fails", async () => {
    const { test: chain, hash } = await started("start")

    await chain.call("test.near", CONTRACT, "resume_and_fail", "never")
    expect(resultOf(chain.status(hash))).toBeUndefined()
    await chain.call("test.near", CONTRACT, "resume", "then")

    expect(resultOf(chain.status(hash))).toBe("then")
  })

  test("of one contract is unknown to another", async () => {
    const { test: chain, hash } = await started("start")
    await chain.createContract("other.test.near")
    const id = chain.bytes(CONTRACT, "id") ?? new Uint8Array()
    const data = { data_key: base64("id"), value: base64(id) }
    chain.chain.patch([{ Data: { account_id: "other.test.near", ...data } }])
    chain.settle()

    const resumed = await chain.call("test.near", "other.test.near", "resume", "not mine")

    expect(id).toHaveLength(32)
    expect(resultOf(resumed)).toBe("0")
    expect(resultOf(chain.status(hash))).toBeUndefined()
  })

  test("under an id of the contract's own is found by it, and the id is free again afterwards", async () => {
    const id = "i".repeat(32)
    const { test: chain, hash } = await started("start_named", id)

    const taken = await chain.call("test.near", CONTRACT, "start_named", id)
    const resumed = await chain.call("test.near", CONTRACT, "resume_named", id)
    const tooLate = await chain.call("test.near", CONTRACT, "resume_named", id)
    const again = await chain.send("test.near", CONTRACT, [functionCall("start_named", id)])
    chain.settle()

    expect(resultOf(taken)).toBe("failed")
    expect(resultOf(resumed)).toBe("1")
    expect(resultOf(chain.status(hash))).toBe("42")
    expect(resultOf(tooLate)).toBe("0")
    expect(resultOf(chain.status(again))).toBeUndefined()
  })

  test("gives back the gas that its callback did not use", async () => {
    const { test: chain, hash } = await started("start")
    await chain.call("test.near", CONTRACT, "resume", "x")

    chain.settle()

    expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
    const callback = chain.status(hash).receipts.find(({ done }) => done.receipt.isYield)
    expect(callback?.done.outcome.receiptIds).toHaveLength(1)
  })
})

async function withContract() {
  const chain = new TestChain({ yieldTimeoutBlocks: TIMEOUT })
  await chain.createContract(CONTRACT, 10n * NEAR)
  return chain
}

async function started(method: string, args = "") {
  const test = await withContract()
  const hash = await test.send("test.near", CONTRACT, [functionCall(method, args)])
  test.produce(2)
  return { test, hash }
}

/** Where the transaction's first receipt ran. */
function blockOf(chain: TestChain, hash: string): number {
  const [first] = chain.status(hash).receipts
  if (first === undefined) throw new Error(`${hash} has not run`)
  return first.block.height
}

const base64 = (value: string | Uint8Array) => Buffer.from(value).toString("base64")
