// pnpm --filter @outlayer/keystore bench: decrypts per second of one core, without and with HTTP.
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { openRecordLog } from "../src/records/record-log.ts"
import { answerQuestion } from "../src/release/answer-question.ts"
import { createSessions } from "../src/sessions/sessions.ts"
import { benchChain, CONTRACT, openBenchKeyring, session, signedQuestion, TOKEN } from "./world.ts"

const COUNT = 4_000
const IN_FLIGHT = 32
const folder = await mkdtemp(join(tmpdir(), "outlayer-bench-"))
await measureCalls()
await measureHttp()
await rm(folder, { recursive: true })

/** All of a decrypt but HTTP: signature, keys, envelope, answer, record. The disk is not waited for. */
async function measureCalls(): Promise<void> {
  const keyring = await openBenchKeyring()
  const sessions = createSessions()
  const { id } = sessions.open(session)
  await using records = await openRecordLog(join(folder, "calls.jsonl"), keyring.signing)
  const options = {
    sessions,
    chain: benchChain(keyring),
    accounts: { outlayer: CONTRACT, register: "register.near" },
    keyring,
    records,
  }
  const questions = Array.from({ length: COUNT }, (_, at) => signedQuestion(id, at))
  await inParallel(questions.splice(0, 500), (question) => answerQuestion(options, question))
  const before = process.cpuUsage()
  const count = questions.length
  await inParallel(questions, (question) => answerQuestion(options, question))
  print("in process", count, process.cpuUsage(before))
}

async function measureHttp(): Promise<void> {
  const server = fork(fileURLToPath(new URL("server.ts", import.meta.url)), [folder])
  const [{ baseUrl, sessionId }] = (await once(server, "message")) as [
    { baseUrl: string; sessionId: string },
  ]
  const bodies = Array.from({ length: COUNT }, (_, at) =>
    JSON.stringify(signedQuestion(sessionId, at)),
  )
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" }
  let refused = 0
  const ask = async (body: string) => {
    const reply = await fetch(`${baseUrl}/decrypt`, { method: "POST", headers, body })
    if (!(await reply.text()).includes('"sealed":"')) refused += 1
  }
  // One after the other on few connections, or numbers would overtake each other.
  for (const body of bodies.splice(0, 500)) await ask(body)
  const before = await cpuOf(server)
  const startedAt = performance.now()
  for (const body of bodies) await ask(body)
  const seconds = (performance.now() - startedAt) / 1_000
  const after = await cpuOf(server)
  const used = { user: after.user - before.user, system: after.system - before.system }
  print("over HTTP", bodies.length, used)
  process.stdout.write(`  ${(bodies.length / seconds).toFixed(0)} a second one after the other\n`)
  if (refused > 0) process.stdout.write(`  ${refused} refused\n`)
  server.kill()
}

async function cpuOf(server: ReturnType<typeof fork>): Promise<NodeJS.CpuUsage> {
  server.send("cpu")
  const [usage] = (await once(server, "message")) as [NodeJS.CpuUsage]
  return usage
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += IN_FLIGHT) {
    await Promise.all(items.slice(at, at + IN_FLIGHT).map(work))
  }
}

function print(name: string, count: number, { user, system }: NodeJS.CpuUsage): void {
  const perSecond = count / ((user + system) / 1e6)
  process.stdout.write(`${name}: ${perSecond.toFixed(0)} decrypts per second of one core's time\n`)
}
