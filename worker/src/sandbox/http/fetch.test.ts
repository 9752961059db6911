/** A guest in TypeScript that fetches: through the glue, the pipe and the worker to servers with real TLS. */
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Execution, Program, RunLimits } from "../execution.ts"
import type { Level } from "../levels.ts"
import { identify } from "../program.ts"
import type { Sandbox } from "../sandbox.ts"
import { describeNamespaces, LIMITS, open, text } from "../sandbox-test.ts"
import { describeNetwork } from "./client.fixture.ts"
import { playHttp, recordHttp } from "../../replay/record-http.ts"
import type { HttpClient } from "./exchange.ts"

let guest: Program
beforeAll(async () => {
  guest = await buildGuest()
})

describeNamespaces(() => {
  withSandbox("full", (run) => {
    testExchange("full", run)
  })
})

withSandbox("process", (run) => {
  testExchange("process", run)

  // The walls change nothing of what follows.
  test("without a network every request is denied", async () => {
    const execution = await run(["https://example.com/"])

    expect(execution.outcome).toEqual({ kind: "ok" })
    expect(text(execution)).toMatch(/HTTP-request-denied/)
  })

  test("what fails on the worker's side is no guest's fault", async () => {
    const http = { exchange: () => Promise.reject(new Error("ours")) }

    const { outcome } = await run(["https://a.lab.test/"], http)

    expect(outcome).toEqual({ kind: "infrastructure", reason: "HTTP failed: Error: ours" })
  })

  describeNetwork(({ network, openClient }) => {
    test("a redirect into the network of the worker leads nowhere", async () => {
      let reached = 0
      const inner = await network().servePlain((_, response) => {
        reached += 1
        response.end("secret")
      })
      const port = await network().serve((_, response) => {
        response.writeHead(307, { location: `http://127.0.0.2:${inner}/` }).end()
      })
      const http = await openClient([`*.lab.test:${port}`, `http://*:${inner}`])

      const execution = await run([`https://a.lab.test:${port}/`, "follow"], http)

      expect(text(execution)).toMatch(/^307 \n.*destination-IP-prohibited\n$/)
      expect(reached).toBe(0)
    })

    test("a certificate that is no good is no answer", async () => {
      const port = await network().serve((_, response) => response.end("hello"), {
        certificate: "expired",
      })
      const http = await openClient([`*:${port}`])

      expect(text(await run([`https://a.lab.test:${port}/`], http))).toMatch(
        /TLS-certificate-error\n$/,
      )
    })

    test("the same answers cost the same fuel, with a network and without", async () => {
      const port = await network().serve((_, response) => response.end("x".repeat(40_000)))
      const url = `https://a.lab.test:${port}/`
      const recorder = recordHttp(await openClient([`*:${port}`]))

      const first = await run([url, url], recorder.client)
      const player = playHttp(recorder.exchanges)
      const again = await run([url, url], player.client)

      expect(first.outcome).toEqual({ kind: "ok" })
      expect(text(again)).toBe(text(first))
      expect(again.instructions).toBe(first.instructions)
      expect(player.findDifference()).toBeUndefined()
    })

    test("a server that never answers costs the guest its time, and fuel is still told", async () => {
      const port = await network().serveRaw(() => {})
      const http = await openClient([`*:${port}`])
      // What a slow machine needs until it asks.
      const { timeMs } = await run(["https://denied.lab.test/"], http)
      const maxExecutionMs = 1500 + 5 * timeMs

      const execution = await run([`https://a.lab.test:${port}/`], http, { maxExecutionMs })

      expect(execution).toMatchObject({ outcome: { kind: "timed_out" }, timeMs: maxExecutionMs })
      expect(execution.instructions).toBeGreaterThan(BigInt(HTTP_LIMITS.fuel.request))
    })

    test("more requests than a run may make are denied, and the guest goes on", async () => {
      const port = await network().serve((_, response) => response.end())
      const http = await openClient([`*:${port}`])
      const urls = Array.from(
        { length: HTTP_LIMITS.requests + 1 },
        (_, at) => `https://a.lab.test:${port}/${at}`,
      )

      const lines = text(await run(urls, http))
        .trimEnd()
        .split("\n")

      expect(lines.slice(0, -1)).toEqual(Array.from({ length: HTTP_LIMITS.requests }, () => "200 "))
      expect(lines.at(-1)).toMatch(/HTTP-request-denied$/)
    })
  })
})

function testExchange(level: Level, run: Run): void {
  describeNetwork(({ network, openClient }) => {
    test("a guest sends and is answered over TLS", async () => {
      const port = await network().serve((incoming, response) => {
        void buffer(incoming).then((body) =>
          response.end(`${incoming.method} ${incoming.url} ${body.toString()}`),
        )
      })
      const http = await openClient([`*.lab.test:${port}`])

      const execution = await run([`https://a.lab.test:${port}/x?y=1`], http)

      expect(execution).toMatchObject({ outcome: { kind: "ok" }, level })
      expect(text(execution)).toBe(`200 POST /x?y=1 from the guest\n`)
      expect(execution.instructions).toBeGreaterThan(BigInt(HTTP_LIMITS.fuel.request))
    })
  })
}

type Run = (
  urls: readonly string[],
  http?: HttpClient,
  limits?: Partial<RunLimits>,
) => Promise<Execution>

/** One sandbox for the tests of a level, with the same seed and clock for every run. */
function withSandbox(level: Level, tests: (run: Run) => void): void {
  describe(`in a sandbox of level ${level}`, () => {
    let sandbox: Sandbox
    beforeAll(async () => {
      sandbox = await open({ levels: [level], ...FIXED })
    })
    afterAll(() => sandbox[Symbol.asyncDispose]())

    tests((urls, http, limits) =>
      sandbox.run(
        guest,
        { stdin: Buffer.from(JSON.stringify(urls)), environment: {} },
        { ...LIMITS, maxInstructions: 2_000_000_000n, ...limits },
        { http },
      ),
    )
  })
}

const FIXED = { drawSeed: () => new Uint8Array(32), readWallClock: () => 10n ** 18n }

/** Fetches what its input lists, and "follow" for where the last answer points; a line for each. */
const SOURCE = `
  export default async function main(input) {
    const lines = []
    let location
    for (const url of JSON.parse(input)) {
      try {
        const to = url === "follow" ? location : url
        const answer = await fetch(to, { method: "POST", body: "from the guest" })
        location = answer.headers.get("location")
        lines.push(answer.status + " " + (await answer.text()) + "\\n")
      } catch (error) {
        lines.push(error.message + "\\n")
      }
    }
    return lines.join("")
  }
`

async function buildGuest(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-guest-"))
  try {
    const [entry, output] = [join(folder, "main.js"), join(folder, "guest.wasm")]
    await writeFile(entry, SOURCE)
    const tool = new URL("../../compile/javascript/componentize.build.ts", import.meta.url)
    await promisify(execFile)(process.execPath, [fileURLToPath(tool), entry, folder, output])
    return identify(new Uint8Array(await readFile(output)))
  } finally {
    await rm(folder, { recursive: true })
  }
}
