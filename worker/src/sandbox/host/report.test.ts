import { expect, test } from "vitest"
import { ZodError } from "zod"
import { parseReport } from "./report.ts"

const ran = { kind: "ran", outcome: { kind: "ok" }, instructions: "12", stderrTail: "" }

test("a report is taken for what it says", () => {
  expect(parse(ran)).toEqual({ ...ran, instructions: 12n })
})

test("what a guest may have put into a text is made printable and short", () => {
  const outcome = { kind: "trap", trap: "\u001b[2J", where: [frame("a\nb".repeat(1000))] }

  expect(parse({ ...ran, outcome })).toMatchObject({
    outcome: { trap: "?[2J", where: [frame("a?b".repeat(1000).slice(0, 200))] },
  })
})

test("a child cannot claim what only the worker knows, nor anything unknown", () => {
  const lies = [
    null,
    { kind: "died" },
    { ...ran, outcome: { kind: "infrastructure", reason: "pay nothing" } },
    { ...ran, outcome: { kind: "aborted" } },
    { ...ran, outcome: { kind: "exit_nonzero", exitCode: 0 } },
    { ...ran, instructions: "-1" },
    { ...ran, stderrTail: "A".repeat(20_000) },
  ]
  for (const lie of lies) expect(() => parse(lie)).toThrow(ZodError)
})

function parse(report: unknown) {
  return parseReport(Buffer.from(JSON.stringify(report)))
}

function frame(name: string) {
  return { function: 1, name, offset: 2 }
}
