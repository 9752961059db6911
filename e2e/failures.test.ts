import { describeWhere, environment } from "@outlayer/testing/machine"
import { findRust } from "@outlayer/worker/rust"
import { nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { expectCharge, story } from "./system.ts"

const [rust] = await findRust(["wasm32-wasip1"], environment)

const test = story()
const PAYMENT = nearToYocto("0.2")

test.for([
  ["a trap", "trap", "trap", {}],
  ["spent fuel", "loop", "out_of_fuel", { max_instructions: 1_000_000 }],
  ["too little memory", "grow", "out_of_memory", { max_memory_mb: 16 }],
  [
    "an endless loop",
    "loop",
    "timed_out",
    { max_instructions: 100_000_000_000, max_execution_seconds: 1 },
  ],
  ["endless recursion", "recurse", "stack_overflow", {}],
  ["a non-zero exit code", "exit 3", "exit_nonzero", {}],
  ["too large an output", "text 32769", "output_too_large", {}],
] as const)(
  "%s ends as a typed failure, is charged as used, and null comes back",
  async ([, input, code, resource_limits], { system }) => {
    const answer = await system.probe(input, { resource_limits })

    expect(answer.value).toBeNull()
    expect(answer.completed?.error?.code).toBe(code)
    expectCharge(answer, PAYMENT, code)
  },
)

test("an output that is not JSON where JSON was asked for is output_invalid", async ({
  system,
}) => {
  const answer = await system.probe("unknown", { response_format: "Json", with_status: true })
  expect(answer.value).toEqual({ status: "error", code: "output_invalid" })
  expectCharge(answer, PAYMENT, "output_invalid")
})

test.for([
  ["an unknown repository", "nowhere", "main", "repository_not_found"],
  ["a missing branch", "probe", "no-such-branch", "commit_not_found"],
  ["a commit that nobody has", "probe", "1".repeat(40), "commit_not_found"],
] as const)(
  "%s ends as a typed failure with its code in the callback",
  async ([, name, commit, code], { system }) => {
    const repo = system.repositories.addressOf(name)
    const answer = await system.probe("", { repo, commit, with_status: true })

    expect(answer.value).toEqual({ status: "error", code })
    expectCharge(answer, PAYMENT, code)
  },
)

test("sources that do not compile are compile_failed", async ({ system }) => {
  const repo = await system.publishGuest("broken")
  const answer = await system.probe("", { repo, with_status: true })

  expect(answer.value).toEqual({ status: "error", code: "compile_failed" })
  expectCharge(answer, PAYMENT, "compile_failed")
})

test("a commit that only a fork has is refused, though the host serves it", async ({ system }) => {
  const repo = await system.publishGuest("probe", "forked")
  await system.publishGuest("probe", "forked", "This is of the fork alone")
  const commit = await system.git("forked", "rev-parse", "HEAD")
  // As forges keep it for a pull request: any commit may be asked for, and no branch has this one.
  await system.git("forked", "config", "uploadpack.allowAnySHA1InWant", "true")
  await system.git("forked", "update-ref", "refs/pull/1/head", commit)
  await system.git("forked", "update-ref", "refs/heads/main", `${commit}~1`)

  const answer = await system.probe("", { repo, commit, with_status: true })

  expect(answer.value).toEqual({ status: "error", code: "commit_not_in_repository" })
  expectCharge(answer, PAYMENT, "commit_not_in_repository")
})

describeWhere("Rust for wasm32-wasip1", rust !== undefined, () => {
  test("dependencies without a lockfile are lockfile_missing", async ({ system }) => {
    const repo = await system.publishGuest("unlocked")
    const answer = await system.probe("", { repo, with_status: true })

    expect(answer.value).toEqual({ status: "error", code: "lockfile_missing" })
    expectCharge(answer, PAYMENT, "lockfile_missing")
  })
})
