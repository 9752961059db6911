/** What may be wanted of a run besides its output: at level `process` alone, for the walls change nothing here. */
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Files, Program } from "./execution.ts"
import type { Sandbox } from "./sandbox.ts"
import { LIMITS, NO_INPUT, open, text } from "./sandbox-test.ts"
import { command, compileC } from "./test-guests.ts"

let guest: Program
let sandbox: Sandbox
beforeAll(async () => {
  ;[guest, sandbox] = await Promise.all([compileC(), open({ levels: ["process"] })])
})
afterAll(() => sandbox[Symbol.asyncDispose]())

test("the files that a guest leaves are told: kept, new, linked, and its folders", async () => {
  const files: Files = {
    "in/a.txt": Buffer.from("carried\n"),
    "in/here": { link: "a.txt" },
    "out/": new Uint8Array(0),
  }
  const input = { ...NO_INPUT, arguments: ["copy"], files }

  const left = (await sandbox.run(guest, input, LIMITS, { returnsFiles: true })).files ?? {}

  expect(Object.keys(left).toSorted()).toEqual(["in/", "in/a.txt", "in/here", "out/", "out/b.txt"])
  expect(Buffer.from(left["out/b.txt"] as Uint8Array).toString()).toBe("carried\n")
  expect(left["in/here"]).toEqual({ link: "a.txt" })
  expect((await sandbox.run(guest, input, LIMITS)).files).toBeUndefined()
})

test("files are told after a trap too", async () => {
  const trap = await command(`(func (export "_start") (unreachable))`)
  const input = { ...NO_INPUT, files: { a: Buffer.from("a") } }

  const { outcome, files } = await sandbox.run(trap, input, LIMITS, { returnsFiles: true })

  expect(outcome).toMatchObject({ kind: "trap" })
  expect(Object.keys(files ?? {})).toEqual(["a"])
})

test("stdin is read when the guest looks at it, and not before", async () => {
  let reads = 0
  const readStdin = async () => {
    reads += 1
    return Buffer.from("late")
  }
  const run = (what: string) =>
    sandbox.run(guest, { ...NO_INPUT, arguments: [what] }, LIMITS, { readStdin })

  expect([text(await run("hello")), reads]).toEqual(["hello\n", 0])
  const echo = await run("echo")
  expect([text(echo), reads]).toEqual(["late", 1])
  expect(echo.record?.stdin).toEqual(Buffer.from("late"))
})

test("output and errors are told as they come, in the guest's order", async () => {
  const told: string[] = []
  const input = { ...NO_INPUT, arguments: ["hello"] }

  await sandbox.run(guest, input, LIMITS, {
    onOutput: (bytes) => told.push(`out ${Buffer.from(bytes).toString()}`),
    onErrors: (bytes) => told.push(`err ${Buffer.from(bytes).toString()}`),
  })

  expect(told).toEqual(["out hello\n", "err a word to the operator\n"])
})

test("a run's record says what else decided it, and of a module that was refused there is none", async () => {
  const { record } = await sandbox.run(guest, NO_INPUT, LIMITS)
  const again = await sandbox.run(guest, NO_INPUT, LIMITS)
  const refused = await sandbox.run(await command(""), NO_INPUT, LIMITS)

  expect(record?.meteredHash).toMatch(/^[0-9a-f]{64}$/)
  expect(record?.meteredHash).not.toBe(guest.hash)
  expect(again.record?.meteredHash).toBe(record?.meteredHash)
  expect(again.record?.seed).not.toEqual(record?.seed)
  expect(refused).toMatchObject({ outcome: { kind: "refused" } })
  expect(refused.record).toBeUndefined()
})
