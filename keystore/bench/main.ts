/**
 * npm run -s bench:keystore: decrypts per second of one core's time, in three measures, each with all
 * of the one before. What the chain answers is there at once, as it is for all but a block's first read.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { Agent, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { text } from "node:stream/consumers"
import {
  answerContext,
  encodeSecretValues,
  openSecrets,
  questionBytes,
  sealBox,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { openRecordLog } from "../src/records/record-log.ts"
import { answerQuestion } from "../src/release/answer-question.ts"
import { createSessions } from "../src/sessions/sessions.ts"
import {
  benchChain,
  benchSecret,
  benchWorker,
  CONTRACT,
  openBenchKeyring,
  sessionOf,
  signedQuestion,
  TOKEN,
} from "./world.ts"

const COUNT = 4_000
const WARMING = 500
/** Each asks when it has its answer, as a session's questions go. */
const WORKERS = 16
const folder = await mkdtemp(join(tmpdir(), "outlayer-bench-"))
await measureCryptography()
await measureCalls()
await measureHttp()
await rm(folder, { recursive: true })

/** The question's signature, the envelope opened, the answer sealed, the record's signature. */
async function measureCryptography(): Promise<void> {
  using keyring = await openBenchKeyring()
  const worker = benchWorker(0)
  const { verify } = sessionOf(worker)
  const { key, context, envelope } = benchSecret(keyring)
  const questions = Array.from({ length: COUNT + WARMING }, (_, at) => {
    const { signature, reply_key, ...asked } = signedQuestion(worker, "", at)
    const bytes = questionBytes(nodePrimitives, { ...asked, reply_key, network: "localnet" })
    const replyKey = new Uint8Array(Buffer.from(reply_key, "hex"))
    return { bytes, signature: Buffer.from(signature, "base64"), replyKey }
  })
  let before = process.cpuUsage()
  for (const [at, { bytes, signature, replyKey }] of questions.entries()) {
    if (at === WARMING) before = process.cpuUsage()
    if (!verify(bytes, signature)) throw new Error("not signed")
    const values = openSecrets(nodePrimitives, { key, context }, envelope)
    const to = { publicKey: replyKey, context: answerContext(nodePrimitives, bytes) }
    const sealed = sealBox(nodePrimitives, to, encodeSecretValues(nodePrimitives, values))
    keyring.signing.sign(sealed)
  }
  print("cryptography alone", process.cpuUsage(before))
}

/** With session, conditions, request hash and record; the record's way to the disk is not waited for. */
async function measureCalls(): Promise<void> {
  using keyring = await openBenchKeyring()
  const sessions = createSessions()
  const worker = benchWorker(0)
  const { id } = sessions.open(sessionOf(worker))
  await using records = await openRecordLog(join(folder, "calls.jsonl"), keyring)
  const options = {
    sessions,
    chain: benchChain(keyring),
    accounts: { outlayer: CONTRACT, register: "register.near" },
    keyring,
    records,
  }
  const questions = Array.from({ length: COUNT + WARMING }, (_, at) =>
    signedQuestion(worker, id, at),
  )
  const answer = async (some: typeof questions) => {
    for (let at = 0; at < some.length; at += WORKERS) {
      const batch = some.slice(at, at + WORKERS)
      await Promise.all(batch.map((question) => answerQuestion(options, question)))
    }
  }
  await answer(questions.splice(0, WARMING))
  const before = process.cpuUsage()
  await answer(questions)
  print("whole decrypts in process", process.cpuUsage(before))
}

/** By the service in a process of its own: what is counted is its time, not the asking one's. */
async function measureHttp(): Promise<void> {
  const main = fileURLToPath(new URL("server.ts", import.meta.url))
  const server = fork(main, [folder, String(WORKERS)])
  const [{ baseUrl, sessionIds }] = (await once(server, "message")) as [
    { baseUrl: string; sessionIds: string[] },
  ]
  const asking = sessionIds.map((id, number) =>
    Array.from({ length: (COUNT + WARMING) / WORKERS }, (_, at) =>
      JSON.stringify(signedQuestion(benchWorker(number), id, at)),
    ),
  )
  const agent = new Agent({ keepAlive: true })
  const ask = async (count = COUNT) => {
    const all = asking.map(async (bodies) => {
      for (const body of bodies.splice(0, count)) await post(`${baseUrl}/decrypt`, body, agent)
    })
    await Promise.all(all)
  }
  await ask(Math.floor(WARMING / WORKERS))
  const count = asking.reduce((sum, bodies) => sum + bodies.length, 0)
  const before = await cpuOf(server)
  const startedAt = performance.now()
  await ask()
  const seconds = (performance.now() - startedAt) / 1_000
  const after = await cpuOf(server)
  const used = { user: after.user - before.user, system: after.system - before.system }
  print("over HTTP", used, count)
  process.stdout.write(`  ${(count / seconds).toFixed(0)} a second by the clock\n`)
  agent.destroy()
  server.kill()
}

async function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  }
  const sent = request(url, { method: "POST", agent, headers }).end(body)
  const [response] = (await once(sent, "response")) as [NodeJS.ReadableStream]
  const answer = await text(response)
  if (!answer.includes('"sealed":"')) throw new Error(answer)
}

async function cpuOf(server: ReturnType<typeof fork>): Promise<NodeJS.CpuUsage> {
  server.send("cpu")
  const [usage] = (await once(server, "message")) as [NodeJS.CpuUsage]
  return usage
}

function print(name: string, { user, system }: NodeJS.CpuUsage, count = COUNT): void {
  const perSecond = count / ((user + system) / 1e6)
  process.stdout.write(`${name}: ${perSecond.toFixed(0)} decrypts per second of one core's time\n`)
}
