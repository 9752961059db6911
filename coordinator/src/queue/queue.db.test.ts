import { randomUUID } from "node:crypto"
import type { Capability } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { describeWhere } from "@outlayer/testing/machine"
import { hasRedis, startRedis } from "@outlayer/testing/servers"
import { afterAll, describe, expect, test } from "vitest"
import { createMemoryQueue } from "./memory-queue.ts"
import type { QueueEntry, TaskQueue } from "./queue.ts"
import { openRedisQueue } from "./redis-queue.ts"

const both: Capability[] = ["compile", "execute"]
const log = createLogger("test", "silent")

describe("the queue in this process", () => {
  behavesAsAQueue(async () => createMemoryQueue())
})

describeWhere("redis-server", hasRedis(), () => {
  describe("the queue in Redis", () => {
    behavesAsAQueue(openFresh)

    test("does what its twin in this process does, whatever is asked", async () => {
      await using queue = await openFresh()
      const twin = createMemoryQueue()
      const popped: [unknown, unknown][] = []
      for (let step = 0; step < 500; step++) {
        const entry = randomEntry()
        const asked = Math.random() < 0.5 ? both : [pick(both)]
        if (Math.random() < 0.5) await Promise.all([queue.push([entry]), twin.push([entry])])
        else popped.push([await queue.pop(asked), await twin.pop(asked)])
      }
      expect(popped.map(([id]) => id)).toEqual(popped.map(([, id]) => id))
      for (const name of both) expect(await queue.size(name)).toBe(await twin.size(name))
    })

    test("comes back after a restart, empty, and hears of pushes again", async () => {
      await using redis = await startRedis()
      await using queue = openRedisQueue({ url: redis.url, log })
      await untilWorks(() => queue.push([entry("alice", "lost")]))

      await redis.restart()

      await untilWorks(() => queue.push([entry("alice", "kept")]))
      expect(await hearPush(queue, "bob")).toContain("compile")
      expect(await queue.pop(both)).toBe("kept")
    })
  })
})

function behavesAsAQueue(open: () => Promise<TaskQueue>): void {
  test("one sender's flood delays another's task by one", async () => {
    await using queue = await open()
    await queue.push(range(64).map((n) => entry("flood", `f${n}`)))
    await queue.pop(both)
    await queue.push([entry("alice", "a1")])

    const next = [await queue.pop(both), await queue.pop(both)]

    expect(next).toEqual(["f1", "a1"])
  })

  test("a flood of one kind delays another sender's task of the other kind by one", async () => {
    await using queue = await open()
    await queue.push(range(8).map((n) => entry("flood", `e${n}`, "execute")))
    await queue.push(range(8).map((n) => entry("flood", `c${n}`, "compile")))
    await queue.push([entry("alice", "a1", "compile")])

    const next = [await queue.pop(both), await queue.pop(both)]

    expect(next).toContain("a1")
  })

  test("each sender's tasks keep their order", async () => {
    await using queue = await open()
    await queue.push([
      entry("alice", "1"),
      entry("alice", "2"),
      entry("bob", "3"),
      entry("alice", "4"),
    ])

    expect(await drain(queue)).toEqual(["1", "3", "2", "4"])
  })

  test("only what was asked for is taken", async () => {
    await using queue = await open()
    await queue.push([entry("alice", "1", "compile")])

    expect(await queue.pop(["execute"])).toBeUndefined()
    expect(await queue.pop(["compile"])).toBe("1")
    expect(await queue.pop(both)).toBeUndefined()
  })

  test("an id that is there already is not entered again, but may come back", async () => {
    await using queue = await open()
    await queue.push([entry("alice", "1"), entry("alice", "1")])
    expect(await drain(queue)).toEqual(["1"])

    await queue.push([entry("alice", "1")])
    expect(await queue.size("execute")).toBe(1)
    expect(await drain(queue)).toEqual(["1"])
  })

  test("of many that pop at once each gets another id", async () => {
    await using queue = await open()
    const ids = range(50).map((n) => `${n}`)
    await queue.push(ids.map((id) => entry(`s${Number(id) % 3}`, id)))

    const popped = await Promise.all(range(60).map(() => queue.pop(both)))

    expect(popped.filter((id) => id !== undefined).toSorted()).toEqual(ids.toSorted())
  })

  test("a push is heard", async () => {
    await using queue = await open()

    expect(await hearPush(queue, "alice")).toContain("compile")
  })
}

let redis: ReturnType<typeof startRedis> | undefined
afterAll(async () => (await redis)?.[Symbol.asyncDispose]())

async function openFresh(): Promise<TaskQueue> {
  redis ??= startRedis()
  const { url } = await redis
  const queue = openRedisQueue({ url, log, prefix: `${randomUUID()}:` })
  await untilWorks(() => queue.size("execute"))
  return queue
}

async function untilWorks(work: () => Promise<unknown>): Promise<void> {
  await expect
    .poll(() =>
      work().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
}

/** Of pushes until then: the subscription is a connection's of its own, and may come later. */
async function hearPush(queue: TaskQueue, sender: string): Promise<Set<Capability>> {
  const heard = new Set<Capability>()
  queue.onPush((capability) => heard.add(capability))
  const push = async () => {
    await queue.push([entry(sender, randomUUID(), "compile")])
    return heard
  }
  // What was pushed before may be heard first.
  await expect.poll(push).toContain("compile")
  return heard
}

async function drain(queue: TaskQueue): Promise<string[]> {
  const id = await queue.pop(both)
  return id === undefined ? [] : [id, ...(await drain(queue))]
}

function entry(sender: string, id: string, capability: Capability = "execute"): QueueEntry {
  return { capability, sender, id }
}

function randomEntry(): QueueEntry {
  return entry(pick(["alice", "bob", "carol"]), pick(range(20)).toString(), pick(both))
}

function pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
