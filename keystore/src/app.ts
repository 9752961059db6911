/** Wires the keystore's routes to what they do, and says who may call which. */
import {
  AskChallenge,
  AskSecrets,
  GetScopeKey,
  KeystoreHealth,
  type KeystoreIdentity,
  Metrics,
  OpenSession,
  ReadRecords,
  ResealSecrets,
} from "@outlayer/protocol"
import {
  addRoute,
  type App,
  createApp,
  createRateLimit,
  createSlots,
  type Logger,
} from "@outlayer/service"
import { requireToken } from "./auth.ts"
import type { Chain } from "./chain/chain.ts"
import type { Accounts } from "./chain/outlayer.ts"
import { readHealth } from "./health.ts"
import type { Keyring } from "./keys/keyring.ts"
import { describeScopeKey } from "./keys/scope-key.ts"
import type { KeystoreMetrics } from "./metrics.ts"
import { readRecords } from "./records/read-records.ts"
import type { RecordLog } from "./records/record-log.ts"
import { answerQuestion } from "./release/answer-question.ts"
import { MAX_READERS } from "./release/evaluate-condition.ts"
import { reseal } from "./release/reseal.ts"
import { CHALLENGE_SECONDS, type Challenges } from "./sessions/challenges.ts"
import { openSession } from "./sessions/open-session.ts"
import type { Sessions } from "./sessions/sessions.ts"

/** A quote and its event log, in JSON. */
const SESSION_BODY_BYTES = 256 * 1024
const SMALL_BODY_BYTES = 32 * 1024

export interface KeystoreParts {
  identity: KeystoreIdentity
  teeMode: "tdx" | "simulated"
  /** SHA-256 of the root that quotes must chain to, hex. */
  root: string
  chain: Chain
  accounts: Accounts
  keyring: Keyring
  challenges: Challenges
  sessions: Sessions
  records: RecordLog
  metrics: KeystoreMetrics
  log: Logger
}

export async function buildApp(
  parts: KeystoreParts,
  options: { tokenHashes: readonly string[]; perMinute: number },
): Promise<App> {
  const { identity, keyring, challenges, metrics, log } = parts
  const reads = createSlots(MAX_READERS)
  const app = await createApp("OutLayer keystore", log)
  app.addHook("onResponse", async ({ routeOptions }, reply) => {
    const labels = { route: routeOptions.url ?? "none", status: String(reply.statusCode) }
    metrics.requestSeconds.observe(labels, reply.elapsedTime / 1_000)
  })

  await app.register(async (forAll: App) => {
    forAll.addHook("onRequest", createRateLimit({ perMinute: options.perMinute }))
    addRoute(forAll, KeystoreHealth, () => readHealth(parts))
    addRoute(forAll, Metrics, () => metrics.render())
  })

  await app.register(async (forCoordinator: App) => {
    const small = { bodyLimit: SMALL_BODY_BYTES }
    forCoordinator.addHook("onRequest", requireToken(options.tokenHashes))

    addRoute(forCoordinator, GetScopeKey, ({ query }) => describeScopeKey(keyring, query))

    addRoute(
      forCoordinator,
      AskChallenge,
      ({ body }) => {
        const { id, nonce } = challenges.draw(body.worker_key)
        const expires_in_seconds = CHALLENGE_SECONDS
        return { challenge_id: id, nonce, keystore: identity, expires_in_seconds }
      },
      small,
    )

    addRoute(
      forCoordinator,
      OpenSession,
      async ({ body }) => {
        const granted = await openSession(parts, body)
        log.info({ workerKey: body.worker_key }, "session opened")
        return granted
      },
      { bodyLimit: SESSION_BODY_BYTES },
    )

    addRoute(
      forCoordinator,
      AskSecrets,
      async ({ body }) => {
        const answer = await answerQuestion({ ...parts, reads }, body)
        const { request_id, owner, denial, wasm_hash, branches, number } = answer.record
        metrics.answers.add({ denial: denial ?? "none" })
        // The two things that the worker is believed for are in the line as in the record.
        const facts = { requestId: request_id, owner, number, wasmHash: wasm_hash, branches }
        log.info({ ...facts, denial }, denial === null ? "secrets released" : "secrets denied")
        return answer
      },
      small,
    )

    addRoute(forCoordinator, ResealSecrets, ({ body }) => reseal(parts, body), small)

    addRoute(forCoordinator, ReadRecords, ({ body }) => readRecords(parts, body), small)
  })
  return app
}
