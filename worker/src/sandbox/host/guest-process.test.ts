import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { FRAME } from "../wire.ts"
import { type Confinement, findConfinements } from "./confinement.ts"
import { type Answer, GuestProcess } from "./guest-process.ts"

test("a child that floods its parent with empty output is ended", async () => {
  const { ending } = await askChild("for (;;) say(FRAME.output, '')")
  expect(ending).toMatchObject({ reason: expect.stringContaining("a frame of kind 4") })
})

test("a child that says more than its guest may is cut off at the last byte", async () => {
  const answer = await askChild("for (;;) say(FRAME.output, 'abc')")
  expect(answer.ending).toEqual({ kind: "output_too_large" })
  expect(Buffer.from(answer.output).toString()).toBe("abcabcabca")
})

test.for([
  "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  "# Fatal process out of memory: Zone",
])("an engine that gives up for want of memory has had too much asked of it: %s", async (words) => {
  const { ending } = await askChild(`fs.writeSync(2, ${JSON.stringify(words)}); process.abort()`)
  expect(ending).toEqual({ kind: "out_of_memory" })
})

test("any other death is nobody's fault that we know of", async () => {
  const { ending } = await askChild("process.abort()")
  expect(ending).toMatchObject({ kind: "died" })
})

test("a child does not start from code that V8 has not made of its script", async () => {
  const started = GuestProcess.start(atLevelProcess(), Buffer.from(""), Buffer.from("no code"))
  await expect(started).rejects.toThrow("V8 does not take the code")
})

test("what a child said in time is heard by a worker that had no time to listen", async () => {
  const report = JSON.stringify({ kind: "compiled" })
  const act = `say(FRAME.report, ${JSON.stringify(report)}); process.kill(process.pid, "SIGSTOP")`

  const { ending } = await askChild(act, { timeoutMs: 1, meanwhile: untilStopped })

  expect(ending).toMatchObject({ kind: "reported" })
})

/** Blocks until a child of this process has stopped. */
function untilStopped(): void {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    for (const id of readdirSync("/proc")) {
      if (/^\d+$/.test(id) && isStopped(id)) return
    }
  }
  throw new Error("no child stops")
}

function isStopped(id: string): boolean {
  try {
    const status = readFileSync(`/proc/${id}/status`, "utf8")
    return /^State:\tT/m.test(status) && status.includes(`\nPPid:\t${process.pid}\n`)
  } catch {
    return false
  }
}

function atLevelProcess(): Confinement {
  const confinement = findConfinements().find(({ level }) => level === "process")
  if (!confinement) throw new Error("Every machine has this level")
  return confinement
}

interface Asked {
  timeoutMs?: number
  /** Once it is asked, before this process does anything else. */
  meanwhile?: () => void
}

/** `act` in the place of a guest, once the child has its job. */
async function askChild(
  act: string,
  { timeoutMs = 60_000, meanwhile = () => {} }: Asked = {},
): Promise<Answer> {
  const script = `
    const fs = require("node:fs")
    const FRAME = ${JSON.stringify(FRAME)}
    const say = (kind, text) => {
      const frame = Buffer.alloc(5 + text.length, text)
      frame[0] = kind
      frame.writeUInt32LE(text.length, 1)
      if (text) frame.write(text, 5)
      fs.writeSync(1, frame)
    }
    say(FRAME.ready, "")
    fs.readSync(0, Buffer.alloc(1))
    ${act}`
  const child = await GuestProcess.start(atLevelProcess(), Buffer.from(script))
  const job = {
    kind: "run" as const,
    arguments: [],
    environment: [],
    seed: "",
    wallClockNs: "0",
    maxInstructions: "0",
    maxExecutionMs: 60_000,
    maxOutputBytes: 10,
  }
  const asked = child.ask({ job, parts: [], maxOutputBytes: 10, timeoutMs })
  meanwhile()
  const answer = await asked
  await child.gone
  return answer
}
