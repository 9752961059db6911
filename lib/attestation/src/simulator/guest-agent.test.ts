import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createDstackClient } from "../dstack/client.ts"
import { postJson } from "../dstack/post-json.ts"
import { nodePrimitives } from "../primitives.ts"
import { appraise, readCollateral, STRICT_PLATFORM, verifyQuote } from "../pure/index.ts"
import { createCollateral } from "./collateral.ts"
import { startGuestAgent } from "./guest-agent.ts"
import { createPki } from "./pki.ts"
import { REPORT } from "./quote.ts"

const NOW = 1_792_000_000
const SEED = Buffer.from("0123456789abcdef0123456789abcdef", "hex")
const COMPOSE = '{"name":"an application"}'
const COMPOSE_HASH = createHash("sha256").update(COMPOSE).digest("hex")
const REPORT_DATA = new Uint8Array(64).fill(7)

let directory: string
let socketPath: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "guest-agent-"))
  socketPath = join(directory, "agent.sock")
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

describe("the simulated guest agent", () => {
  test("gives quotes that bind what was asked and prove the compose hash", async () => {
    await using _ = await startGuestAgent(socketPath, {
      seed: SEED,
      boot: { composeHash: COMPOSE_HASH },
    })

    const verdict = await judge(await createDstackClient({ socketPath }).getQuote(REPORT_DATA))

    expect(verdict).toMatchObject({ ok: true, value: { claims: { composeHash: COMPOSE_HASH } } })
  })

  test("extends RTMR3 by what the application emits", async () => {
    await using _ = await startGuestAgent(socketPath, {
      seed: SEED,
      boot: { composeHash: COMPOSE_HASH },
    })
    const body = { event: "image-digest", payload: "ab" }
    await postJson({ socketPath, path: "/EmitEvent", body, timeoutMs: 5000 })

    const attested = await createDstackClient({ socketPath }).getQuote(REPORT_DATA)

    expect(attested.eventLog.at(-1)).toMatchObject({ event: "image-digest", event_payload: "ab" })
    expect(await judge(attested)).toMatchObject({ ok: true })
    const cut = { ...attested, eventLog: attested.eventLog.slice(0, -1) }
    expect(await judge(cut)).toMatchObject({ ok: false, reason: "log_replay" })
  })

  test("derives keys from application and path alone, and keeps them over a restart", async () => {
    const keys: string[] = []
    for (const composeHash of [COMPOSE_HASH, COMPOSE_HASH, "00".repeat(32)]) {
      await using _ = await startGuestAgent(socketPath, { seed: SEED, boot: { composeHash } })
      const client = createDstackClient({ socketPath })
      for (const path of ["one", "two"]) {
        keys.push(Buffer.from(await client.getKey(path)).toString("hex"))
      }
    }

    expect(keys.slice(0, 2)).toEqual(keys.slice(2, 4))
    expect(new Set(keys).size).toBe(4)
  })

  test("answers what it does not know, and what is no request, with an error", async () => {
    await using _ = await startGuestAgent(socketPath, {
      seed: SEED,
      boot: { composeHash: COMPOSE_HASH },
    })
    const post = (path: string, body: object) =>
      postJson({ socketPath, path, body, timeoutMs: 5000 })

    const refused = { code: "dstack_refused" }
    await expect(post("/Nothing", {})).rejects.toMatchObject(refused)
    await expect(post("/GetQuote", { report_data: "xyz" })).rejects.toMatchObject(refused)
    await expect(post("/GetQuote", { report_data: "00".repeat(65) })).rejects.toMatchObject(refused)
    await expect(post("/EmitEvent", { event: "a".repeat(70_000) })).rejects.toMatchObject(refused)
  })

  test("outlives a client that hangs up in the middle of a request", async () => {
    await using _ = await startGuestAgent(socketPath, {
      seed: SEED,
      boot: { composeHash: COMPOSE_HASH },
    })
    const socket = connect(socketPath)
    socket.write("POST /Info HTTP/1.1\r\nhost: agent\r\ncontent-length: 100\r\n\r\n{")
    await once(socket, "connect")
    socket.destroy()
    await once(socket, "close")

    expect(await createDstackClient({ socketPath }).getInfo()).toMatchObject({
      composeHash: COMPOSE_HASH,
    })
  })

  test("runs as a process of its own, with the root that `export` writes", async () => {
    const composeFile = join(directory, "app-compose.json")
    await writeFile(composeFile, COMPOSE)
    const seed = ["--seed", SEED.toString("hex")]
    const agent = run("agent", ...seed, "--socket", socketPath, "--compose-file", composeFile)
    try {
      await once(agent.stdout, "data")
      const written = run("export", ...seed, "--out", directory)
      await once(written, "exit")

      const attested = await createDstackClient({ socketPath }).getQuote(REPORT_DATA)

      expect(await judge(attested)).toMatchObject({ ok: true })
      const root = await readFile(join(directory, "root.der"))
      expect(root).toEqual(Buffer.from(createPki(SEED).root.certificate))
    } finally {
      agent.kill("SIGKILL")
      await once(agent, "exit")
    }
  })
})

async function judge({ quote, eventLog }: { quote: Uint8Array; eventLog: readonly unknown[] }) {
  const pki = createPki(SEED)
  const collateral = createCollateral(pki, NOW - 3600)
  const facts = readCollateral(collateral, pki.root.certificate, NOW, nodePrimitives)
  if (!facts.ok) throw new Error(facts.reason)
  const verified = verifyQuote(quote, facts.value, NOW, nodePrimitives)
  if (!verified.ok) return verified
  const { mrTd, rtmr0, rtmr1, rtmr2 } = REPORT
  const measurements = [{ mrTd, rtmr0, rtmr1, rtmr2, composeHash: COMPOSE_HASH }]
  const policy = { ...STRICT_PLATFORM, measurements, keyProviders: ["local-sgx"] }
  return appraise(verified.value, { eventLog, reportData: REPORT_DATA }, policy, nodePrimitives)
}

function run(...args: readonly string[]) {
  const main = fileURLToPath(new URL("main.ts", import.meta.url))
  return spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] })
}
