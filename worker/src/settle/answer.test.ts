import { expect, test } from "vitest"
import type { Execution } from "../sandbox/sandbox.ts"
import { executeTask } from "../tasks/task.fixture.ts"
import { executionAnswer, failureAnswer } from "./answer.ts"

test.each([
  ["Bytes", [0, 255], { Bytes: "AP8=" }],
  ["Text", [104, 105, 10], { Text: "hi\n" }],
  ["Json", [32, 123, 125, 10], { JsonText: "{}" }],
] as const)("%s output travels in its own form", (response_format, bytes, output) => {
  const task = executeTask({ request: { response_format } })
  const answer = executionAnswer(task, ended({ output: Uint8Array.from(bytes) }), "capacity")
  expect(answer).toMatchObject({ success: true, output, error: null })
})

test.each([
  ["Text", [0xff]],
  ["Json", [0xff]],
  ["Json", [123]],
  ["Json", Array.from({ length: 130 }, (_, i) => (i < 65 ? 91 : 93))],
] as const)("%s output that is none ends as output_invalid", (response_format, bytes) => {
  const task = executeTask({ request: { response_format } })
  const answer = executionAnswer(task, ended({ output: Uint8Array.from(bytes) }), "capacity")
  expect(answer).toMatchObject({ success: false, output: null, error: { code: "output_invalid" } })
})

test("a run that the deadline ended fails with the code that the coordinator gave", () => {
  const answer = executionAnswer(executeTask(), ended({ outcome: { kind: "aborted" } }), "capacity")
  expect(answer.error?.code).toBe("capacity")
})

test("a failed run is charged for what it used, and its build for what it took", () => {
  const task = executeTask({ compile_time_ms: 1200 })
  const execution = ended({ outcome: { kind: "out_of_fuel" }, instructions: 77n, timeMs: 1.2 })
  expect(executionAnswer(task, execution, "capacity")).toMatchObject({
    error: { code: "out_of_fuel" },
    resources_used: { instructions: 77, time_ms: 2, compile_time_ms: 1200 },
  })
})

test("a message is cut at 512 bytes, never within a character", () => {
  const failure = { code: "trap", message: `${"a".repeat(511)}é` }
  const { error } = failureAnswer(executeTask(), failure)
  expect(error?.message).toBe("a".repeat(511))
})

function ended(some: Partial<Execution>): Execution {
  return {
    outcome: { kind: "ok" },
    instructions: 5n,
    timeMs: 1,
    output: new Uint8Array(),
    stderrTail: new Uint8Array(),
    level: "process",
    engine: "test",
    ...some,
  }
}
