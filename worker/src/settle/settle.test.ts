import type { Chain, Signer, TransactionResult } from "@outlayer/near"
import { OutlayerError } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { executeTask } from "../tasks/task.fixture.ts"
import { failureAnswer } from "./answer.ts"
import { createGivenAnswers } from "./given-answers.ts"
import { sendAgain, settle } from "./settle.ts"
import { createTurns } from "./turns.ts"

const task = executeTask()
const answer = failureAnswer(task, { code: "trap", message: "unreachable" })
const summary = {
  ...answer,
  output_hash: null,
  sandbox_level: null,
  receipt: null,
  attestation_hash: null,
}
const signal = new AbortController().signal

test("a transaction is recorded before it is sent, and sent as it was recorded", async () => {
  const world = fakeWorld({ sends: [executed] })

  expect(await settled(world)).toMatchObject({ txHash: "tx1" })

  expect(world.story).toEqual(["view", "sign", "record tx1", "send tx1"])
})

test("a refused nonce is answered by asking the contract, then signing anew", async () => {
  const world = fakeWorld({ sends: [refused, executed] })

  expect(await settled(world)).toMatchObject({ txHash: "tx2" })

  expect(world.story).toEqual([
    "view",
    "sign",
    "record tx1",
    "send tx1",
    "view",
    "forget nonce",
    "sign",
    "record tx2",
    "send tx2",
  ])
})

test("a contract that does not know the request any more ends the matter", async () => {
  const world = fakeWorld({ sends: [refused], requests: [task.request, null] })
  expect(await settled(world)).toEqual({ state: "gone" })
  expect(world.story.filter((step) => step === "sign")).toHaveLength(1)
})

test("an endpoint that is behind the request cannot say that it is gone", async () => {
  const requests = [task.request, null, task.request]
  const world = fakeWorld({ sends: [refused, executed], requests, height: 799 })
  expect(await settled(world)).toMatchObject({ txHash: "tx2" })
})

test("an endpoint that catches up while it is asked has not said that a request is gone", async () => {
  const requests = [null, task.request]
  const world = fakeWorld({ sends: [executed], requests, height: 799, heightLater: 900 })
  expect(await settled(world)).toMatchObject({ txHash: "tx1" })
})

test("an id that the contract has given to another request is not ours to settle", async () => {
  const other = { request_hash: "cd".repeat(32) }
  const world = fakeWorld({ sends: [refused], requests: [task.request, other] })
  expect(await settled(world)).toEqual({ state: "gone" })
})

test("an endpoint that is away gets the same bytes again", async () => {
  const world = fakeWorld({ sends: [away, timedOut, executed] })
  expect(await settled(world)).toMatchObject({ txHash: "tx1" })
  expect(world.story).toEqual(["view", "sign", "record tx1", "send tx1", "send tx1", "send tx1"])
})

test("a reply without an outcome is no settlement", async () => {
  const begun = (hash: string) => ({ ...executed(hash), value: undefined })
  const world = fakeWorld({ sends: [begun, executed] })
  expect(await settled(world)).toMatchObject({ txHash: "tx1" })
  expect(world.story).toEqual(["view", "sign", "record tx1", "send tx1", "send tx1"])
})

test("who signed later sends later, though its record was quicker", async () => {
  const slow = Promise.withResolvers<void>()
  const world = fakeWorld({ sends: [], recording: new Map([["tx1", slow.promise]]) })

  const both = [1, 2].map(() => settle(task, { answer, summary }, world.deps, signal))
  await expect.poll(() => world.story).toContain("record tx2")
  slow.resolve()
  await Promise.all(both)

  expect(world.story.slice(-2)).toEqual(["send tx1", "send tx2"])
})

test("nothing is sent when the lease is lost at the record", async () => {
  const world = fakeWorld({ sends: [executed], loseLease: true })

  const settling = settle(task, { answer, summary }, world.deps, signal)

  await expect(settling).rejects.toMatchObject({ code: "lease_lost" })
  expect(world.story).toEqual(["view", "sign", "record tx1"])
})

test("a successor sends what was recorded once, and signs nothing if that settles", async () => {
  const world = fakeWorld({ sends: [executed], requests: [null] })
  const settlement = {
    tx_hash: "tx9",
    signer_public_key: "ed25519:k",
    signed_tx_base64: "tx9",
    summary,
  }

  expect(await sendAgain(task, settlement, world.deps, signal)).toMatchObject({ txHash: "tx9" })

  expect(world.story).toEqual(["send tx9", "view"])

  // Executed, and of something else: the contract waits still.
  const other = fakeWorld({ sends: [executed] })
  expect(await sendAgain(task, settlement, other.deps, signal)).toBeUndefined()
})

test("a request that has ended is not signed for, whoever leases it", async () => {
  const world = fakeWorld({ sends: [], requests: [null] })
  expect(await settled(world)).toEqual({ state: "gone" })
  expect(world.story).toEqual(["view"])
})

test("of two answers to one request the first is the only one that is ever signed", async () => {
  const world = fakeWorld({ sends: [refused, executed, executed] })
  const other = failureAnswer(task, { code: "exit_nonzero", message: "1" })

  await settled(world)
  const again = await settle(task, { answer: other, summary: other as never }, world.deps, signal)

  expect(again.summary).toBe(summary)
  expect(world.signed).toHaveLength(3)
  for (const call of world.signed) expect(call).toMatchObject({ args: { response: answer } })
})

test("another request under an id that has been answered is not signed for", async () => {
  const request = { ...task.request, request_hash: "cd".repeat(32) as never }
  const world = fakeWorld({ sends: [executed], requests: [task.request, request] })
  await settled(world)

  const settling = settle({ ...task, request }, { answer, summary }, world.deps, signal)

  await expect(settling).rejects.toThrow("Another request 7")
  expect(world.signed).toHaveLength(1)
})

test("a key whose registration has ended signs nothing, in the middle of settling either", async () => {
  const withdrawn = fakeWorld({ sends: [], isWithdrawn: () => true })
  await expect(settled(withdrawn)).rejects.toThrow("not live")
  expect(withdrawn.signed).toEqual([])

  const later = fakeWorld({ sends: [refused], isWithdrawn: () => later.signed.length > 0 })
  await expect(settled(later)).rejects.toThrow("not live")
  expect(later.signed).toHaveLength(1)
})

interface FakeOptions {
  sends: ((hash: string) => TransactionResult | undefined)[]
  /** What the contract says when it is asked, one after another; the last from then on. */
  requests?: unknown[]
  /** Of the endpoint's last final block. */
  height?: number
  /** The same, once the contract was asked. */
  heightLater?: number
  loseLease?: boolean
  isWithdrawn?: () => boolean
  /** What the record of a transaction waits for. */
  recording?: Map<string, Promise<void>>
}

function fakeWorld(options: FakeOptions) {
  const { sends, requests = [task.request], height = 900, loseLease, recording } = options
  const { heightLater = height } = options
  const { isWithdrawn = () => false } = options
  const story: string[] = []
  const signed: object[] = []
  const chain: Pick<Chain, "send" | "view" | "finalBlock" | "isRefusal"> = {
    async send(signedTxBase64) {
      story.push(`send ${signedTxBase64}`)
      return (sends.shift() ?? executed)(signedTxBase64)
    },
    async view() {
      story.push("view")
      return requests.length > 1 ? requests.shift() : requests[0]
    },
    finalBlock: async () => ({
      height: story.includes("view") ? heightLater : height,
      hash: "",
      timestampNs: 0n,
    }),
    isRefusal: (error) => error instanceof RangeError,
  }
  const signer: Pick<Signer, "sign" | "forgetNonce"> = {
    async sign(call) {
      story.push("sign")
      const hash = `tx${signed.push(call)}`
      return { hash, signedTxBase64: hash, publicKey: "ed25519:k" }
    },
    forgetNonce: () => story.push("forget nonce"),
  }
  const coordinator = {
    async call(_route: unknown, input: { body?: { tx_hash?: string } }) {
      story.push(`record ${input.body?.tx_hash}`)
      await recording?.get(input.body?.tx_hash ?? "")
      if (loseLease) throw new OutlayerError("lease_lost", "lost")
      return { ok: true }
    },
  }
  const log = createLogger("test", "silent")
  const requireLive = async () => {
    if (isWithdrawn()) throw new Error("not live")
  }
  const own = { signer, requireLive, given: createGivenAnswers(), turns: createTurns() }
  return { story, signed, deps: { chain, ...own, coordinator, log } as never }
}

async function settled({ deps }: ReturnType<typeof fakeWorld>) {
  return (await settle(task, { answer, summary }, deps, signal)).settled
}

function executed(hash: string): TransactionResult {
  return {
    hash,
    value: "",
    failure: undefined,
    gasBurnt: 0n,
    tokensBurntYocto: 0n,
    receipts: [],
  }
}

function refused(): never {
  throw new RangeError("InvalidNonce")
}

function away(): never {
  throw new Error("ECONNREFUSED")
}

function timedOut(): undefined {
  return undefined
}
