import { OutlayerError } from "@outlayer/protocol"
import { describe, expect, test } from "vitest"
import { openChain } from "./chain.ts"
import { type Endpoint, EndpointError } from "./endpoint.ts"

const NOW_MS = 1_700_000_000_000

interface Fake extends Endpoint {
  height: number
  /** Of the block that it calls final, and of every other that it is asked for. */
  fork: string
  secondsOff: number
  answer: unknown
  /** The whole reply, in the place of that answer's. */
  raw: unknown
  isDown: boolean
  /** Answers after it. */
  waitsFor: Promise<void> | undefined
}

function fake(name: string, height = 100): Fake {
  const endpoint: Fake = {
    name,
    height,
    fork: "honest",
    secondsOff: 0,
    answer: "1",
    raw: undefined,
    isDown: false,
    waitsFor: undefined,
    async ask(method, params) {
      if (endpoint.waitsFor) await endpoint.waitsFor
      if (endpoint.isDown) throw new Error("down")
      if (method === "block") {
        const asked = "block_id" in params ? Number(params.block_id) : endpoint.height
        if (asked > endpoint.height) throw new EndpointError(name, "UNKNOWN_BLOCK")
        const timeMs = NOW_MS + endpoint.secondsOff * 1_000 + asked
        const hash = `${endpoint.fork} ${asked}`
        return { header: { height: asked, hash, timestamp_nanosec: `${timeMs}000000` } }
      }
      if (endpoint.answer instanceof Error) throw endpoint.answer
      if (endpoint.raw !== undefined) return endpoint.raw
      const text = JSON.stringify(endpoint.answer)
      return { result: [...Buffer.from(text)] }
    },
  }
  return endpoint
}

function world(...endpoints: Fake[]) {
  return openChain({
    endpoints,
    quorum: 2,
    timeoutMs: 60_000,
    maxAgeMs: 0,
    nowMs: () => NOW_MS,
  })
}

describe("the final block", () => {
  test("is the highest that a quorum has, wherever the others stand", async () => {
    const [a, b, c] = [fake("a", 103), fake("b", 101), fake("c", 100)]

    const { block } = await world(a, b, c).snapshot()

    expect(block).toMatchObject({ height: 101, hash: "honest 101" })
  })

  test("is no liar's: one that runs ahead, lags, forks or is silent changes nothing", async () => {
    const [a, b, liar] = [fake("a"), fake("b", 99), fake("liar")]
    const lies: Partial<Fake>[] = [
      { height: 10 ** 9 },
      { height: 3 },
      { fork: "forged" },
      { fork: "forged", height: 10 ** 9 },
      { secondsOff: 3_600 },
      { isDown: true },
    ]
    for (const lie of lies) {
      Object.assign(liar, { height: 100, fork: "honest", secondsOff: 0, isDown: false }, lie)
      const { block } = await world(a, b, liar).snapshot()
      expect(block.hash).toMatch(/^honest (?:99|100)$/)
      expect(block.height).toBeGreaterThanOrEqual(99)
    }
  })

  test("waits for no endpoint that is silent, but for one that is a little slower", async () => {
    const [a, b, silent] = [fake("a", 103), fake("b", 101), fake("silent", 103)]
    const word = Promise.withResolvers<void>()
    silent.waitsFor = word.promise
    const chain = world(a, b, silent)

    expect((await chain.snapshot()).block.height).toBe(101)

    // Before any time can go by.
    const next = chain.snapshot()
    word.resolve()
    expect((await next).block.height).toBe(103)
  })

  test("is waited for while a quorum is behind the last one", async () => {
    const [a, b, c] = [fake("a", 103), fake("b", 103), fake("c", 103)]
    const chain = world(a, b, c)
    await chain.snapshot()
    b.height = 3
    // Later than a quorum of answers by more than the slowest is given.
    c.waitsFor = new Promise((resolve) => setTimeout(resolve, 600))

    expect((await chain.snapshot()).block.height).toBe(103)
  })

  test("is none when there is no quorum", async () => {
    const [a, b, c] = [fake("a"), fake("b"), fake("c")]
    b.fork = "forged"
    c.isDown = true

    await expect(world(a, b, c).snapshot()).rejects.toMatchObject({ code: "chain_unavailable" })
  })

  test("that is asked for anew is not one that was being read already", async () => {
    const [a, b] = [fake("a"), fake("b")]
    const chain = world(a, b)
    const begun = chain.snapshot()
    a.height = b.height = 101

    const [, anew] = await Promise.all([begun, chain.refresh()])

    expect(anew.block.height).toBe(101)
    expect((await begun).block.height).toBe(100)
  })

  test("never goes back", async () => {
    const [a, b] = [fake("a"), fake("b")]
    const chain = world(a, b)
    expect((await chain.snapshot()).block.height).toBe(100)
    a.height = b.height = 90
    await expect(chain.snapshot()).rejects.toThrow("is older than 100")
    a.height = b.height = 101
    expect((await chain.snapshot()).block.height).toBe(101)
  })
})

describe("the host's clock", () => {
  test.each([-61, 61, 86_400])("%i s off, stops all reads until it agrees again", async (off) => {
    const [a, b] = [fake("a"), fake("b")]
    const chain = world(a, b)
    await chain.snapshot()
    expect(chain.skewedSinceMs()).toBeUndefined()

    a.secondsOff = b.secondsOff = off
    a.height = b.height = 101
    await expect(chain.snapshot()).rejects.toMatchObject({ code: "keystore_unavailable" })
    expect(chain.skewedSinceMs()).toBeGreaterThan(0)

    a.secondsOff = b.secondsOff = 0
    a.height = b.height = 102
    expect((await chain.snapshot()).block.height).toBe(102)
    expect(chain.skewedSinceMs()).toBeUndefined()
  })
})

describe("a read", () => {
  test("is what a quorum says, without waiting for the rest", async () => {
    const [a, b, c] = [fake("a"), fake("b"), fake("c")]
    const snapshot = await world(a, b, c).snapshot()
    c.answer = "lie"
    expect(await snapshot.view("x.near", "y", {})).toEqual({ ok: true, value: "1" })
  })

  test("is none when too few agree", async () => {
    const [a, b, c] = [fake("a"), fake("b"), fake("c")]
    const snapshot = await world(a, b, c).snapshot()
    a.answer = "2"
    b.isDown = true
    await expect(snapshot.view("x.near", "y", {})).rejects.toThrow(OutlayerError)
  })

  test("of what the state does not have is an answer, if a quorum gives it", async () => {
    const [a, b, c] = [fake("a"), fake("b"), fake("c")]
    const snapshot = await world(a, b, c).snapshot()
    a.answer = b.answer = new EndpointError("a", "UNKNOWN_ACCOUNT")
    expect(await snapshot.view("x.near", "y", {})).toEqual({
      ok: false,
      failure: "UNKNOWN_ACCOUNT",
    })
    a.answer = b.answer = new EndpointError("a", "TIMEOUT_ERROR")
    await expect(snapshot.view("x.near", "z", {})).rejects.toMatchObject({
      code: "chain_unavailable",
    })
  })

  test("is made once for a block, and again after a failure", async () => {
    const [a, b] = [fake("a"), fake("b")]
    const snapshot = await world(a, b).snapshot()
    a.isDown = true
    await expect(snapshot.view("x.near", "y", {})).rejects.toThrow("No quorum")
    a.isDown = false
    expect(await snapshot.view("x.near", "y", {})).toEqual({ ok: true, value: "1" })
    a.isDown = b.isDown = true
    expect(await snapshot.view("x.near", "y", {})).toEqual({ ok: true, value: "1" })
  })

  test("that is longer than is asked for is none, and nobody is asked again", async () => {
    const [a, b] = [fake("a"), fake("b")]
    const snapshot = await world(a, b).snapshot()
    a.answer = b.answer = "x".repeat(1_000)
    const long = { ok: false, failure: "REPLY_TOO_LONG" }

    expect(await snapshot.viewText("x.near", "y", {}, 1_001)).toEqual(long)
    a.isDown = b.isDown = true
    expect(await snapshot.viewText("x.near", "y", {}, 1_001)).toEqual(long)
    a.isDown = b.isDown = false
    expect(await snapshot.viewText("x.near", "y", {}, 1_002)).toMatchObject({ ok: true })
  })

  test.each([[256], [-1], [0.5], ["a"], [null], "text", {}])(
    "of %j is no answer: those are no bytes",
    async (result) => {
      const [a, b] = [fake("a"), fake("b")]
      const snapshot = await world(a, b).snapshot()
      a.raw = b.raw = { result }
      await expect(snapshot.view("x.near", "y", {})).rejects.toMatchObject({
        code: "chain_unavailable",
      })
    },
  )

  test("is made again where all that is remembered would be too much", async () => {
    const [a, b] = [fake("a"), fake("b")]
    const snapshot = await world(a, b).snapshot()
    a.raw = b.raw = { result: Array.from<number>({ length: 500_000 }).fill(49) }
    // Sixteen fit, the last does not, and what is remembered stays.
    for (let at = 0; at < 17; at += 1) await snapshot.view("x.near", `y${at}`, {})

    a.isDown = b.isDown = true
    expect(await snapshot.view("x.near", "y0", {})).toMatchObject({ ok: true })
    await expect(snapshot.view("x.near", "y16", {})).rejects.toThrow("No quorum")
  })
})
