import type { Chain, Signer, TransactionResult } from "@outlayer/near"
import { OutlayerError } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { executeTask } from "../tasks/task.fixture.ts"
import { failureAnswer } from "./answer.ts"
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

  expect(await settle(task, answer, summary, world.deps, signal)).toMatchObject({ txHash: "tx1" })

  expect(world.story).toEqual(["sign", "record tx1", "send tx1"])
})

test("a refused nonce is answered by asking the contract, then signing anew", async () => {
  const world = fakeWorld({ sends: [refused, executed] })

  expect(await settle(task, answer, summary, world.deps, signal)).toMatchObject({ txHash: "tx2" })

  expect(world.story).toEqual([
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
  const world = fakeWorld({ sends: [refused], request: null })
  expect(await settle(task, answer, summary, world.deps, signal)).toEqual({ state: "gone" })
  expect(world.story.filter((step) => step === "sign")).toHaveLength(1)
})

test("an endpoint that is behind the request cannot say that it is gone", async () => {
  const world = fakeWorld({ sends: [refused, executed], request: null, height: 799 })
  expect(await settle(task, answer, summary, world.deps, signal)).toMatchObject({ txHash: "tx2" })
})

test("an id that the contract has given to another request is not ours to settle", async () => {
  const world = fakeWorld({ sends: [refused], request: { request_hash: "cd".repeat(32) } })
  expect(await settle(task, answer, summary, world.deps, signal)).toEqual({ state: "gone" })
})

test("an endpoint that is away gets the same bytes again", async () => {
  const world = fakeWorld({ sends: [away, timedOut, executed] })
  expect(await settle(task, answer, summary, world.deps, signal)).toMatchObject({ txHash: "tx1" })
  expect(world.story).toEqual(["sign", "record tx1", "send tx1", "send tx1", "send tx1"])
})

test("a reply without an outcome is no settlement", async () => {
  const begun = (hash: string) => ({ ...executed(hash), value: undefined })
  const world = fakeWorld({ sends: [begun, executed] })
  expect(await settle(task, answer, summary, world.deps, signal)).toMatchObject({ txHash: "tx1" })
  expect(world.story).toEqual(["sign", "record tx1", "send tx1", "send tx1"])
})

test("who signed later sends later, though its record was quicker", async () => {
  const slow = Promise.withResolvers<void>()
  const world = fakeWorld({ sends: [], recording: new Map([["tx1", slow.promise]]) })

  const both = [1, 2].map(() => settle(task, answer, summary, world.deps, signal))
  await expect.poll(() => world.story).toContain("record tx2")
  slow.resolve()
  await Promise.all(both)

  expect(world.story.slice(-2)).toEqual(["send tx1", "send tx2"])
})

test("nothing is sent when the lease is lost at the record", async () => {
  const world = fakeWorld({ sends: [executed], loseLease: true })

  const settling = settle(task, answer, summary, world.deps, signal)

  await expect(settling).rejects.toMatchObject({ code: "lease_lost" })
  expect(world.story).toEqual(["sign", "record tx1"])
})

test("a successor sends what was recorded once, and signs nothing if that settles", async () => {
  const world = fakeWorld({ sends: [executed] })
  const settlement = {
    tx_hash: "tx9",
    signer_public_key: "ed25519:k",
    signed_tx_base64: "tx9",
    summary,
  }

  expect(await sendAgain(task, settlement, world.deps, signal)).toMatchObject({ txHash: "tx9" })

  expect(world.story).toEqual(["send tx9"])
})

interface FakeOptions {
  sends: ((hash: string) => TransactionResult | undefined)[]
  request?: unknown
  /** Of the endpoint's last final block. */
  height?: number
  loseLease?: boolean
  /** What the record of a transaction waits for. */
  recording?: Map<string, Promise<void>>
}

function fakeWorld(options: FakeOptions) {
  const { sends, request = task.request, height = 900, loseLease, recording } = options
  const story: string[] = []
  let signed = 0
  const chain: Pick<Chain, "send" | "view" | "finalBlock" | "isRefusal"> = {
    async send(signedTxBase64) {
      story.push(`send ${signedTxBase64}`)
      return (sends.shift() ?? executed)(signedTxBase64)
    },
    async view() {
      story.push("view")
      return request
    },
    finalBlock: async () => ({ height, hash: "", timestampNs: 0n }),
    isRefusal: (error) => error instanceof RangeError,
  }
  const signer: Pick<Signer, "sign" | "forgetNonce"> = {
    async sign() {
      story.push("sign")
      const hash = `tx${(signed += 1)}`
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
  return { story, deps: { chain, signer, turns: createTurns(), coordinator, log } as never }
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
