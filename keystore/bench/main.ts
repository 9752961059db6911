/**
 * npm run -s bench:keystore: decrypts per second of one core's time, in three measures, each with all
 * of the one before. What the chain answers is there at once, as it is for all but a block's first read.
 * Beside each stands its share of the yardstick's speed: that tells our own doing from the machine's.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  answerContext,
  encodeSecretValues,
  openSecrets,
  questionBytes,
  sealBox,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { createSlots } from "@outlayer/service"
import { openRecordLog } from "../src/records/record-log.ts"
import { answerQuestion } from "../src/release/answer-question.ts"
import { createSessions } from "../src/sessions/sessions.ts"
import { cpuOf, type Run, runByTurns } from "./by-turns.ts"
import { openService } from "./service.ts"
import {
  benchChain,
  benchSecret,
  benchWorker,
  CONTRACT,
  openBenchKeyring,
  sessionOf,
  signedQuestion,
} from "./world.ts"
import { createYardstick } from "./yardstick.ts"

/** Each asks when it has its answer. */
const WORKERS = 16

const folder = await mkdtemp(join(tmpdir(), "outlayer-bench-"))
using keyring = await openBenchKeyring()
const once = createYardstick()
const yardstick: Run = (count) =>
  cpuOf(() => {
    for (let at = 0; at < count; at += 1) once()
  })
await measureCryptography()
await measureCalls()
await measureHttp()
await rm(folder, { recursive: true })

/** The question's signature, the envelope opened, the answer sealed, the record's signature. */
async function measureCryptography(): Promise<void> {
  const worker = benchWorker(0)
  const { verify } = sessionOf(worker)
  const { key, context, envelope } = benchSecret(keyring)
  let sequence = 0
  const run: Run = (count) => {
    const questions = Array.from({ length: count }, () => {
      const { signature, reply_key, ...asked } = signedQuestion(worker, "", (sequence += 1))
      const bytes = questionBytes(nodePrimitives, { ...asked, reply_key, network: "localnet" })
      const replyKey = new Uint8Array(Buffer.from(reply_key, "hex"))
      return { bytes, signature: Buffer.from(signature, "base64"), replyKey }
    })
    return cpuOf(() => {
      for (const { bytes, signature, replyKey } of questions) {
        if (!verify(bytes, signature)) throw new Error("not signed")
        const values = openSecrets(nodePrimitives, { key, context }, envelope)
        const to = { publicKey: replyKey, context: answerContext(nodePrimitives, bytes) }
        const sealed = sealBox(nodePrimitives, to, encodeSecretValues(nodePrimitives, values))
        keyring.signing.sign(sealed)
      }
    })
  }
  await print("cryptography alone", run, yardstick)
}

/** With session, conditions, request hash and record; the record's way to the disk is not waited for. */
async function measureCalls(): Promise<void> {
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
    reads: createSlots(1),
  }
  let sequence = 0
  const run: Run = (count) => {
    const questions = Array.from({ length: count }, () =>
      signedQuestion(worker, id, (sequence += 1)),
    )
    return cpuOf(async () => {
      while (questions.length > 0) {
        const batch = questions.splice(0, WORKERS)
        await Promise.all(batch.map((question) => answerQuestion(options, question)))
      }
    })
  }
  await print("whole decrypts in process", run, yardstick)
}

/** By the service in a process of its own: what is counted is its time, not the asking one's. */
async function measureHttp(): Promise<void> {
  await using service = await openService(folder, WORKERS)
  await print("over HTTP", service.answer, service.yardstick)
}

async function print(name: string, measured: Run, against: Run): Promise<void> {
  const { perSecond, yardstickPerSecond } = await runByTurns(measured, against)
  const share = (perSecond / yardstickPerSecond).toFixed(2)
  process.stdout.write(
    `${name}: ${perSecond.toFixed(0)} decrypts per second of one core's time, ` +
      `${share} of the yardstick's ${yardstickPerSecond.toFixed(0)}\n`,
  )
}
