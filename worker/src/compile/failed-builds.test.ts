import { expect, test } from "vitest"
import type { Build } from "./build.ts"
import { createFailedBuilds } from "./failed-builds.ts"

const source = { repo: "o/r", commit: "c".repeat(40), buildTarget: "wasm32-wasip1" as const }
const limits = { maxCompileMs: 60_000 }
const failed = (code: string) =>
  ({ ok: false, code, message: "no", log: "private", compileTimeMs: 5 }) as Build

test("what does not build is known by its source and target, however it is spelt", () => {
  const builds = createFailedBuilds()
  builds.keep(source, limits, failed("compile_failed"))
  const found = { code: "compile_failed", message: "no" }

  expect(builds.find(source, { maxCompileMs: 1_000 })).toEqual(found)
  const spelt = { repo: "https://github.com/O/R.git", commit: source.commit.toUpperCase() }
  expect(builds.find({ ...source, ...spelt }, limits)).toEqual(found)
  expect(builds.find({ ...source, repo: "o/other" }, limits)).toBeUndefined()
  expect(builds.find({ ...source, commit: "d".repeat(40) }, limits)).toBeUndefined()
  expect(builds.find({ ...source, buildTarget: "wasm32-wasip2" }, limits)).toBeUndefined()
})

test("one that took too long is tried again with more time, and no less", () => {
  const builds = createFailedBuilds()
  builds.keep(source, limits, failed("compile_timeout"))

  expect(builds.find(source, { maxCompileMs: 60_001 })).toBeUndefined()
  expect(builds.find(source, limits)).toMatchObject({ code: "compile_timeout" })
})

test.for(["infrastructure", "repository_unreachable", "repository_not_found", "commit_not_found"])(
  "%s may be otherwise the next time",
  (code) => {
    const builds = createFailedBuilds()
    builds.keep(source, limits, failed(code))
    builds.keep(source, limits, { ok: true } as Build)

    expect(builds.find(source, limits)).toBeUndefined()
  },
)

test("it is forgotten after ten minutes, and when there are too many", () => {
  let nowMs = 0
  const builds = createFailedBuilds({ nowMs: () => nowMs, maxRemembered: 2 })
  const find = (name: string) => builds.find({ ...source, repo: `o/${name}` }, limits)?.code
  const keep = (name: string, code = "compile_failed") =>
    builds.keep({ ...source, repo: `o/${name}` }, limits, failed(code))

  for (const name of ["first", "second"]) keep(name)
  keep("first", "wasm_refused")
  keep("third")
  expect(["first", "second", "third"].map(find)).toEqual([
    "wasm_refused",
    undefined,
    "compile_failed",
  ])
  nowMs = 599_999
  expect(find("first")).toBe("wasm_refused")
  nowMs = 600_000
  expect(find("first")).toBeUndefined()
})
