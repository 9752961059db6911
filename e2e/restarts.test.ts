import { chmod, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { callRoute, GetExecution } from "@outlayer/protocol"
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const test = story({ coordinatorEnv: { TASK_LEASE_SECONDS: "3" } })
const MARKED = 0o700

test("a coordinator that is killed in the middle loses nothing", async ({ system }) => {
  await inTheMiddle(system, () => system.coordinator.restart())
})

test("a Postgres that is killed in the middle loses nothing", async ({ system }) => {
  await inTheMiddle(system, () => system.postgres.restart())
})

test("a Redis that comes back empty in the middle costs nothing but time", async ({
  system,
  skip,
}) => {
  const { redis } = system
  if (!redis) return skip("where this machine has redis-server")
  await inTheMiddle(system, () => redis.restart())
})

test("a worker that restarts uses what it made of programs before, and makes anew what was altered", async ({
  system,
}) => {
  const [worker] = system.workers
  const folder = join(system.repositories.folder, "../metered")
  await runBothKinds(system)
  const made = await readKept(folder)
  expect(made).toHaveLength(2)
  await mark(folder)
  await worker?.restart()
  await runBothKinds(system)
  // Opened and found whole, which is when a file's time is set; and not written again.
  expect(await readKept(folder)).toEqual(
    made.map((file) => ({ ...file, isMarked: true, isUsed: true })),
  )

  // One that is cut off, and one that the worker itself has sealed, for another program.
  await mark(folder)
  const [one, other] = made.map(({ name }) => join(folder, name)) as [string, string]
  await writeFile(other, await readFile(one))
  await writeFile(one, (await readFile(one)).subarray(0, -1))
  const altered = (await readKept(folder)).map(({ bytes }) => bytes)
  await worker?.restart()
  await runBothKinds(system)
  const again = await readKept(folder)
  // What V8 has compiled has other bytes each time it is made; what was written in its place is gone.
  expect(again.map(withoutBytes)).toEqual(made.map(withoutBytes))
  for (const [at, { bytes }] of again.entries()) expect(bytes).not.toBe(altered[at])
})

test("a worker that is killed in the middle is made good by a successor", async ({ system }) => {
  await inTheMiddle(system, async () => {
    await system.workers.at(-1)?.crash()
    await system.addWorker({ ENABLE_EVENT_MONITOR: "true" })
  })
})

/** A module and a component. */
async function runBothKinds(system: System): Promise<void> {
  expect((await system.ask("text 5")).value).toBe("aaaaa")
  const repo = system.repositories.addressOf("random-ark-ts")
  const question = { repo, build_target: "wasm32-wasip2", response_format: "Json" } as const
  const { value } = await system.ask(JSON.stringify({ min: 7, max: 7 }), question)
  expect(value).toMatchObject({ random_number: 7 })
}

/** What a worker keeps of programs. */
async function readKept(folder: string) {
  const names = (await readdir(folder)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const { mode, mtimeMs } = await stat(join(folder, name))
      const bytes = (await readFile(join(folder, name))).toString("latin1")
      return { name, bytes, isMarked: (mode & 0o777) === MARKED, isUsed: mtimeMs > 0 }
    }),
  )
}

function withoutBytes({ name, isMarked, isUsed }: Awaited<ReturnType<typeof readKept>>[number]) {
  return { name, isMarked, isUsed }
}

/** What is written anew has other rights, and a time of its own. */
async function mark(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await chmod(join(folder, name), MARKED)
    await utimes(join(folder, name), 0, 0)
  }
}

/** Several requests are on their way when it happens; each is answered, and settled once. */
async function inTheMiddle(system: System, happen: () => Promise<void>): Promise<void> {
  const sizes = Array.from({ length: 5 }, () => Math.floor(Math.random() * 3_000))
  const seen = system.logs.length
  const asked = sizes.map((size) => system.ask(`text ${size}`))
  await expect
    .poll(() => system.logs.slice(seen).some((line) => line.msg === "request seen"), {
      interval: 1,
    })
    .toBe(true)

  await happen()

  const answers = await Promise.all(asked)
  expect(answers.map(({ value }) => value)).toEqual(sizes.map((size) => "a".repeat(size)))
  for (const { completed } of answers) {
    const params = { request_id: completed?.request_id ?? -1 }
    const options = { baseUrl: system.coordinator.url }
    await expect
      .poll(async () => (await callRoute(GetExecution, { params }, options)).state)
      .toBe("settled")
  }
  await system.expectSettledOnce()
}
