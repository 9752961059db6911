import { CompleteTask, FailTask, ReleaseTask, type Route, UploadWasm } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { createFailedBuilds } from "../compile/failed-builds.ts"
import { runCompileTask } from "./compile-task.ts"

const stop = new AbortController().signal
const task = {
  kind: "compile" as const,
  key: {
    task_id: "0199d6c2-6a52-7000-8000-000000000001",
    lease_token: "0199d6c2-6a52-7000-8000-000000000002",
    attempt: 1,
  },
  lease_expires_at: new Date().toISOString(),
  lease_seconds: 60,
  repo: "o/r",
  commit: "1".repeat(40),
  build_target: "wasm32-wasip1" as const,
  max_compile_seconds: 60,
}
const built = { ok: true, wasm: Buffer.from("\0asm"), record: {}, compileTimeMs: 4.5, note: "" }

test("a build is uploaded, then told of", async () => {
  const { story, deps } = fakeWorld(built)
  await runCompileTask(task, deps, stop)
  expect(story).toEqual(["upload", "complete"])
})

test("what was built survives a restart of the coordinator", async () => {
  const { story, deps } = fakeWorld(built, ["upload", "complete"])
  await runCompileTask(task, deps, stop)
  expect(story).toEqual(["upload", "upload", "complete", "complete"])
})

test("a failure of the repository's is told, one of ours put off", async () => {
  const told = fakeWorld({ ok: false, code: "compile_failed", message: "no", log: "" }, ["fail"])
  await runCompileTask(task, told.deps, stop)
  expect(told.story).toEqual(["fail", "fail"])

  const ours = fakeWorld({ ok: false, code: "repository_unreachable", message: "no", log: "" })
  await runCompileTask(task, ours.deps, stop)
  expect(ours.story).toEqual(["release"])
})

test("what does not build is known to the worker from then on", async () => {
  const { failedBuilds, deps } = fakeWorld({ ok: false, code: "compile_failed", message: "no" })
  await runCompileTask(task, deps, stop)

  const source = { repo: "o/r", commit: task.commit, buildTarget: task.build_target }
  const found = failedBuilds.find(source, { maxCompileMs: 60_000 })
  expect(found).toEqual({ code: "compile_failed", message: "no" })
})

/** `lost`: calls that find nobody the first time. */
function fakeWorld(build: object, lost: string[] = []) {
  const story: string[] = []
  const names = new Map<Route, string>([
    [UploadWasm, "upload"],
    [CompleteTask, "complete"],
    [FailTask, "fail"],
    [ReleaseTask, "release"],
  ])
  const coordinator = {
    async call(route: Route) {
      const name = names.get(route) ?? route.path
      story.push(name)
      const at = lost.indexOf(name)
      if (at >= 0) {
        lost.splice(at, 1)
        throw new TypeError("fetch failed")
      }
      return { ok: true, checksum: "a" }
    },
  }
  const builder = { build: async () => ({ compileTimeMs: 4.5, ...build }) }
  const failedBuilds = createFailedBuilds()
  const log = createLogger("test", "silent")
  const deps = { coordinator, builder, failedBuilds, log } as never
  return { story, failedBuilds, deps }
}
