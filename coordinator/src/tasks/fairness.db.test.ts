import { dbTest } from "@outlayer/testing"
import { expect } from "vitest"
import { migrate } from "../migrate.ts"
import { openTestSystem } from "../testing/test-system.ts"

const test = dbTest("coordinator", migrate)

test("one sender's flood delays another's request by at most one task, to compile and to run", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const commits = Array.from({ length: 30 }, (_, n) => n.toString(16).padStart(40, "0"))
  for (const commit of commits) {
    await system.tasks.create(system.chain.request({ sender: "flood.near", commit }))
  }
  await expect.poll(() => system.queue.size("compile")).toBe(30)
  // The very commit that the flood has asked for last.
  const commit = commits.at(-1) ?? ""
  const event = system.chain.request({ sender: "alice.near", commit })
  await system.tasks.create(event)
  await expect.poll(() => system.queue.size("compile")).toBe(31)

  const compiled = [await system.takeCompile(), await system.takeCompile()]
  expect(compiled.map((task) => task.commit)).toContain(commit)
  for (const task of compiled) await system.compile(task)

  const executed = [await system.takeExecute(), await system.takeExecute()]
  expect(executed.map((task) => task.request.request_id)).toContain(event.request_id)
})

test("a host that never answers one sender does not keep another waiting", async ({ pool }) => {
  const { promise: never, resolve } = Promise.withResolvers<{ commit: string }>()
  await using system = await openTestSystem(pool, {
    resolveCommit: async (repo) => (repo === "tar/pit" ? never : { commit: "a".repeat(40) }),
  })
  for (let n = 0; n < 64; n++) {
    const request = { sender: "flood.near", repo: "tar/pit", commit: "main" }
    await system.tasks.create(system.chain.request(request))
  }
  await system.tasks.create(system.chain.request({ sender: "alice.near", commit: "main" }))

  expect((await system.takeCompile()).commit).toBe("a".repeat(40))
  resolve({ commit: "b".repeat(40) })
})
