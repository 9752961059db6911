/** A worker as the keystore sees one: a machine, a registered key, sessions and questions. */
import { randomBytes } from "node:crypto"
import type { DstackClient } from "@outlayer/attestation"
import {
  AccountId,
  AskChallenge,
  AskSecrets,
  callRoute,
  OpenSession,
  type RouteInput,
  type RouteReply,
  Sha256Hex,
} from "@outlayer/protocol"
import {
  type AgreementKey,
  hexOf,
  questionBytes,
  readAnswer,
  type SecretsAnswer,
  sessionReportData,
  sessionRequestBytes,
} from "@outlayer/protocol/pure"
import { importSigningSeed, importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"

type SessionBody = RouteInput<typeof OpenSession>["body"]
type Challenge = RouteReply<typeof AskChallenge>
export type QuestionBody = RouteInput<typeof AskSecrets>["body"]

/** What a question says of the chain's request and of the machine's own doing. */
export interface Asking {
  request_id: number
  request_hash: string
  commit: string
  wasm_hash: string
  branches: string[]
}

export type TestWorker = ReturnType<typeof createTestWorker>

export function createTestWorker(
  agent: DstackClient,
  at: { baseUrl: string; token: string; seed?: Uint8Array },
) {
  const key = importSigningSeed(at.seed ?? randomBytes(32))
  let sequence = 0

  return {
    publicKey: key.publicKey,
    sign: key.sign,

    askChallenge: () => callRoute(AskChallenge, { body: { worker_key: key.publicKey } }, at),

    /** The body of a request for a session. `quoted` changes what the machine puts into the quote. */
    async prepareSession(
      challenge: Challenge,
      {
        quoted = (same) => same,
        from = agent,
      }: { quoted?: (reportData: Uint8Array) => Uint8Array; from?: DstackClient } = {},
    ): Promise<SessionBody> {
      const worker_nonce = randomBytes(32).toString("hex")
      const { keystore, challenge_id, nonce } = challenge
      const statement = {
        network: keystore.network,
        contract_id: keystore.contract_id,
        register_id: keystore.register_id,
        keystore_key: keystore.signing_key,
        challenge_id,
        nonce,
        worker_nonce,
        worker_key: key.publicKey,
      }
      const reportData = sessionReportData(nodePrimitives, statement)
      const { quote, eventLog } = await from.getQuote(quoted(reportData))
      const signed = sessionRequestBytes(nodePrimitives, reportData, new Uint8Array(quote))
      return {
        challenge_id,
        worker_key: key.publicKey,
        worker_nonce,
        quote: Buffer.from(quote).toString("hex"),
        event_log: JSON.stringify(eventLog),
        signature: Buffer.from(key.sign(signed)).toString("base64"),
      }
    },

    present: (body: SessionBody) => callRoute(OpenSession, { body }, at),

    /** The keystore moved when it was restarted. */
    moveTo(baseUrl: string): void {
      at.baseUrl = baseUrl
    },

    async openSession(): Promise<string> {
      const body = await this.prepareSession(await this.askChallenge())
      return (await this.present(body)).session_id
    },

    prepareQuestion(
      session_id: string,
      network: string,
      contractId: string,
      asking: Asking,
      change: Partial<QuestionBody> = {},
    ) {
      const replyKey = nodePrimitives.drawAgreementKey()
      const asked = {
        session_id,
        sequence: (sequence += 1),
        contract_id: AccountId.parse(contractId),
        ...asking,
        request_hash: Sha256Hex.parse(asking.request_hash),
        wasm_hash: Sha256Hex.parse(asking.wasm_hash),
        reply_key: hexOf(replyKey.publicKey),
        ...change,
      }
      const question = questionBytes(nodePrimitives, { network, ...asked })
      const signature = change.signature ?? Buffer.from(key.sign(question)).toString("base64")
      return { body: { ...asked, signature }, question, replyKey }
    },

    send: (body: QuestionBody) => callRoute(AskSecrets, { body }, at),

    read(
      asked: { question: Uint8Array; replyKey: AgreementKey },
      reply: RouteReply<typeof AskSecrets>,
      keystoreKey: string,
    ): SecretsAnswer {
      const verify = importVerifier(keystoreKey) ?? (() => false)
      return readAnswer(
        nodePrimitives,
        { ...asked, verify },
        {
          record: reply.record,
          signature: Buffer.from(reply.signature, "base64"),
          sealed:
            reply.sealed === null ? null : new Uint8Array(Buffer.from(reply.sealed, "base64")),
        },
      )
    },
  }
}
