import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { executeTask } from "../tasks/task.fixture.ts"
import { createTaskSecrets } from "./task-secrets.ts"

test("of a branch that is asked for by name no other is told", async () => {
  const world = fakeWorld(["main", "next"])
  expect(await world.prepare("main")).toMatchObject({ ok: true })
  expect(world.asked).toMatchObject([{ branches: ["main"] }])
})

test("a commit is told with all branches that hold it", async () => {
  const world = fakeWorld(["main", "next"])
  expect(await world.prepare("1".repeat(40))).toMatchObject({ ok: true })
  expect(world.asked).toMatchObject([{ branches: ["main", "next"] }])
})

test("a commit on more branches than can be told ends in words, not in endless trying", async () => {
  const branches = ["main", ...Array.from({ length: 64 }, (_, number) => `b${number}`)]
  const world = fakeWorld(branches)

  const refused = await world.prepare("1".repeat(40))
  expect(refused).toMatchObject({ ok: false, code: "secrets_not_found" })
  expect(world.asked).toEqual([])

  expect(await world.prepare("main")).toMatchObject({ ok: true })
})

function fakeWorld(branches: string[]) {
  const asked: unknown[] = []
  const program = { ok: true, commit: "1".repeat(40), wasm: Buffer.of(), wasmHash: "ab" } as never
  const secrets = createTaskSecrets({
    programs: { locate: async () => Object.assign({ branches }, program) },
    keystore: {
      async ask(asking) {
        asked.push(asking)
        return { ok: true, values: {} } as never
      },
    },
    log: createLogger("test", "silent"),
  })
  const prepare = (commit: string) => {
    const code_source = { repo: "o/r", commit, build_target: "wasm32-wasip1" } as const
    return secrets.prepare(executeTask({ request: { code_source } }), new AbortController().signal)
  }
  return { asked, prepare }
}
