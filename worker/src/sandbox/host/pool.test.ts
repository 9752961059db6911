import { expect, test } from "vitest"
import { Pool } from "./pool.ts"

test("processes wait before anybody asks, and each is given out once", async () => {
  const maker = createMaker()
  await using pool = new Pool(2, maker.start)
  await expect.poll(() => maker.made.length).toBe(2)

  const taken = [await pool.take(), await pool.take(), await pool.take()]

  expect(new Set(taken).size).toBe(3)
})

test("a new process starts when one at work is gone, not before", async () => {
  const maker = createMaker()
  await using pool = new Pool(1, maker.start)

  const first = await pool.take()
  expect(maker.made).toEqual([first])
  first.kill()

  await expect.poll(() => maker.made.length).toBe(2)
})

test("a process that dies unused is not given out", async () => {
  const maker = createMaker()
  await using pool = new Pool(1, maker.start)
  await expect.poll(() => maker.made.length).toBe(1)
  const [dead] = maker.made

  dead?.kill()
  await dead?.gone

  expect(await pool.take()).not.toBe(dead)
})

test("who asks hears that no process starts, and the next to ask tries again", async () => {
  const maker = createMaker()
  maker.fail = true
  await using pool = new Pool(1, maker.start)
  await expect(pool.take()).rejects.toThrow("no process")

  maker.fail = false

  expect(maker.made).toContain(await pool.take())
})

test("closing ends every process, those at work too, and turns away who waits", async () => {
  const maker = createMaker()
  const pool = new Pool(1, maker.start)
  const atWork = await pool.take()
  maker.hold()
  const waiting = pool.take()

  const closed = pool[Symbol.asyncDispose]()
  maker.release()

  await expect(waiting).rejects.toThrow("closed")
  await closed
  expect(maker.made.every((process) => process.isKilled)).toBe(true)
  expect(maker.made).toContain(atWork)
  await expect(pool.take()).rejects.toThrow("closed")
})

class FakeProcess {
  isKilled = false
  readonly #gone = Promise.withResolvers<void>()
  readonly gone = this.#gone.promise

  kill(): void {
    this.isKilled = true
    this.#gone.resolve()
  }
}

function createMaker() {
  let gate = Promise.resolve()
  let release = () => {}
  const maker = {
    made: [] as FakeProcess[],
    fail: false,
    start: async (): Promise<FakeProcess> => {
      await gate
      if (maker.fail) throw new Error("no process")
      const process = new FakeProcess()
      maker.made.push(process)
      return process
    },
    /** Who starts from now on waits for `release`. */
    hold: () => {
      gate = new Promise((resolve) => (release = resolve))
    },
    release: () => release(),
  }
  return maker
}
