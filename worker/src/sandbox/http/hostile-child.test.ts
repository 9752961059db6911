/** A guest's process in hostile hands: it says of HTTP what it likes, and the worker lives on. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { findConfinements } from "../host/confinement.ts"
import { GuestProcess } from "../host/guest-process.ts"
import { describeLevels } from "../sandbox-test.ts"
import { FRAME, type RunJob } from "../wire.ts"
import { HttpBroker } from "./broker.ts"
import { MAX_QUESTION_BYTES } from "./channel.ts"
import type { HttpClient } from "./exchange.ts"

const JOB: RunJob = {
  kind: "run",
  arguments: [],
  environment: [],
  seed: "",
  wallClockNs: "0",
  maxInstructions: "1",
  maxExecutionMs: 120_000,
  maxOutputBytes: 0,
}
const denying: HttpClient = {
  exchange: () => Promise.resolve({ kind: "failure", code: "HTTP-request-denied" }),
}

describeLevels((level) => {
  const confinement = findConfinements().find((one) => one.level === level)

  /** Runs JavaScript in a guest's place; `say(kind, bytes)` writes a frame, `hear()` reads one. */
  async function endingOf(hostile: string, client: HttpClient | null = denying) {
    if (!confinement) throw new Error(`no level ${level}`)
    const guest = await GuestProcess.start(confinement, Buffer.from(PREAMBLE + hostile))
    using http = client ? new HttpBroker(client, JOB.maxExecutionMs) : undefined
    const { ending } = await guest.ask({
      job: JOB,
      parts: [],
      maxOutputBytes: 0,
      timeoutMs: JOB.maxExecutionMs,
      http,
    })
    await guest.gone
    return ending
  }

  test.each([
    ["garbage", `say(${FRAME.http}, Buffer.from("garbage"))`],
    ["nothing", `say(${FRAME.http}, Buffer.alloc(0))`],
    ["an exchange that is not its own", `ask({ ask: "body", exchange: 0 })`],
    [
      "two things at once",
      `ask(${SEND}); hear(); ask({ ask: "head", exchange: 0 }); ask({ ask: "head", exchange: 0 })`,
    ],
    [
      "more than it may, in a flood",
      `for (let i = 0; i <= ${HTTP_LIMITS.requests}; i++) {
        ask(${SEND}); hear(); ask({ ask: "head", exchange: i }); hear()
      }`,
    ],
  ])("a process that says %s ends as one that broke the channel", async (_, hostile) => {
    expect(await endingOf(hostile)).toEqual({ kind: "broke_channel" })
  })

  test("a question that is too long is not kept, and one to nobody is none", async () => {
    const tooLong = await endingOf(
      `say(${FRAME.http}, Buffer.alloc(${MAX_QUESTION_BYTES + 70_000}))`,
    )
    expect(tooLong).toMatchObject({ kind: "died", reason: expect.stringContaining("a frame of") })
    const toNobody = await endingOf(`say(${FRAME.http}, Buffer.alloc(1))`, null)
    expect(toNobody).toMatchObject({ kind: "died" })
  })

  test("a process that is gone before its answer troubles nobody", async () => {
    const { promise, resolve } = Promise.withResolvers<{ kind: "failure"; code: "DNS-error" }>()
    const late = await endingOf(
      `ask(${SEND}); hear(); ask({ ask: "head", exchange: 0 }); process.exit()`,
      {
        exchange: () => promise,
      },
    )
    resolve({ kind: "failure", code: "DNS-error" })

    expect(late).toMatchObject({ kind: "died" })
  })
})

const SEND = `{
  ask: "send", method: "GET", scheme: "https", authority: "a", path: "/", headers: [], timeouts: {},
}`

const PREAMBLE = `
  const fs = require("node:fs")
  function say(kind, bytes) {
    const header = Buffer.alloc(5)
    header[0] = kind
    header.writeUInt32LE(bytes.length, 1)
    const frame = Buffer.concat([header, bytes])
    for (let at = 0; at < frame.length; ) at += fs.writeSync(1, frame, at)
  }
  function read(length) {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; ) at += fs.readSync(0, bytes, at, length - at, null)
    return bytes
  }
  const hear = () => read(read(5).readUInt32LE(1))
  function ask(question) {
    const json = Buffer.from(JSON.stringify(question))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(json.length)
    say(${FRAME.http}, Buffer.concat([length, json]))
  }
  say(${FRAME.ready}, Buffer.alloc(0))
  hear()
  setTimeout(() => {}, 600_000)
`
