/**
 * This worker's session with the keystore, through the coordinator's hands. Only what the chain says
 * of the keystore counts: who answers must be the one that is registered, now.
 */
import { randomBytes } from "node:crypto"
import type { DstackClient } from "@outlayer/attestation"
import type { Chain, Signer, Witnesses } from "@outlayer/near"
import {
  AskChallenge,
  AskSecrets,
  OpenSession,
  OutlayerError,
  PublicKey,
  RegisteredKeystore,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import {
  hexOf,
  questionBytes,
  readAnswer,
  type SecretsAnswer,
  sessionGrantBytes,
  sessionReportData,
  sessionRequestBytes,
} from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { createSlots } from "@outlayer/service"
import type { Coordinator } from "../coordinator.ts"

/** A session of fifteen minutes is left this long before its end: clocks differ. */
const SPARE_NS = 60_000_000_000n
/** The keystore answers no more of a session's at a time. */
const MAX_AT_A_TIME = 16
/** A question that a later one has overtaken on its way is asked again, under the next number. */
const MAX_TRIES = MAX_AT_A_TIME

/** What is asked for one request, of what this worker has seen itself. */
type Asking = Omit<
  RouteInput<typeof AskSecrets>["body"],
  "session_id" | "sequence" | "reply_key" | "signature"
>

export interface KeystoreClient {
  /** Throws `OutlayerError` while there is no answer; a denial is an answer. */
  ask(asking: Asking): Promise<SecretsAnswer>
}

export interface KeystoreClientOptions {
  /** The coordinator's address for what is the keystore's. */
  proxy: Coordinator
  chain: Pick<Chain, "finalBlock">
  /** Who say which keystore is registered. */
  witnesses: Pick<Witnesses, "view">
  dstack: DstackClient
  /** The key that is registered. */
  signer: Pick<Signer, "publicKey" | "signBytes">
  network: string
  contractId: string
  registerId: string
}

interface Session {
  id: string
  /** By which the chain knew the keystore when it opened. */
  keystoreKey: string
  verify: Verify
  endsAtNs: bigint
  /** Of the last question. */
  sequence: number
}

type Verify = (bytes: Uint8Array, signature: Uint8Array) => boolean

export function createKeystoreClient(options: KeystoreClientOptions): KeystoreClient {
  const { proxy, chain, witnesses, dstack, signer, network, contractId, registerId } = options
  const worker_key = PublicKey.parse(signer.publicKey)
  let session: Session | undefined
  let opening: Promise<Session> | undefined
  const slots = createSlots(MAX_AT_A_TIME)

  return { ask: (asking) => slots.run(() => askUntilAnswered(asking)) }

  async function askUntilAnswered(asking: Asking): Promise<SecretsAnswer> {
    let wasOver = false
    for (let tries = 1; ; tries += 1) {
      const used = await useSession()
      try {
        return await askOnce(used, asking)
      } catch (error) {
        const code = error instanceof OutlayerError && error.code
        if (code === "sequence_refused" && tries < MAX_TRIES) continue
        if (code !== "session_invalid") throw error
        // A keystore that has restarted knows no session any more: with a new one it is asked again.
        // Another question may have opened that by now.
        if (session === used) session = undefined
        if (wasOver) throw error
        wasOver = true
      }
    }
  }

  /** The number is drawn and the question sent in one step. */
  async function askOnce(used: Session, asking: Asking): Promise<SecretsAnswer> {
    const { id, verify } = used
    used.sequence += 1
    const { sequence } = used
    const replyKey = nodePrimitives.drawAgreementKey()
    try {
      const asked = { ...asking, session_id: id, sequence, reply_key: hexOf(replyKey.publicKey) }
      const question = questionBytes(nodePrimitives, { network, ...asked })
      const signature = base64(signer.signBytes(question))
      const reply = await proxy.call(AskSecrets, {
        body: { ...asked, signature },
      })
      return readAnswer(
        nodePrimitives,
        { question, replyKey, verify },
        {
          record: reply.record,
          signature: bytes(reply.signature),
          sealed: reply.sealed === null ? null : bytes(reply.sealed),
        },
      )
    } finally {
      replyKey.forget()
    }
  }

  /** The chain is asked before every question: a registration can end while a session lasts. */
  async function useSession(): Promise<Session> {
    const [{ timestampNs }, keystoreKey] = await Promise.all([chain.finalBlock(), readKeystore()])
    const isOpen = session?.keystoreKey === keystoreKey && session.endsAtNs - SPARE_NS > timestampNs
    if (session && isOpen) return session
    if (opening) {
      // A second one would end the first. Whether it succeeds is for whoever has begun it to say.
      await opening.catch(() => {})
      return useSession()
    }
    opening = openSession(keystoreKey).finally(() => (opening = undefined))
    session = await opening
    return session
  }

  async function openSession(keystoreKey: string): Promise<Session> {
    const challenge = await proxy.call(AskChallenge, { body: { worker_key } })
    const { challenge_id, nonce, keystore } = challenge
    const verify = importVerifier(keystoreKey)
    if (!verify || keystore.signing_key !== keystoreKey) {
      throw unavailable("Another than the registered keystore has answered")
    }
    const worker_nonce = randomBytes(32).toString("hex")
    const reportData = sessionReportData(nodePrimitives, {
      network,
      contract_id: contractId,
      register_id: registerId,
      keystore_key: keystore.signing_key,
      challenge_id,
      nonce,
      worker_nonce,
      worker_key,
    })
    const { quote, eventLog } = await dstack.getQuote(reportData)
    const signed = sessionRequestBytes(nodePrimitives, reportData, new Uint8Array(quote))
    const granted: RouteReply<typeof OpenSession> = await proxy.call(OpenSession, {
      body: {
        challenge_id,
        worker_key,
        worker_nonce,
        quote: Buffer.from(quote).toString("hex"),
        event_log: JSON.stringify(eventLog),
        signature: base64(signer.signBytes(signed)),
      },
    })
    const { session_id: id, expires_at_ns: endsAtNs, signature } = granted
    const grant = { session_id: id, expires_at_ns: endsAtNs }
    if (!verify(sessionGrantBytes(nodePrimitives, reportData, grant), bytes(signature))) {
      throw unavailable("The session is not granted by the keystore's key")
    }
    return { id, keystoreKey, verify, endsAtNs, sequence: 0 }
  }

  /** The key of the keystore that the chain knows, while its registration is live. */
  async function readKeystore(): Promise<string> {
    const found = await witnesses.view(registerId, "get_keystore", {})
    const registered = found === null ? undefined : RegisteredKeystore.parse(found)
    if (!registered?.is_live) throw unavailable("No keystore has a live registration")
    return registered.signing_key
  }
}

function unavailable(message: string): OutlayerError {
  return new OutlayerError("keystore_unavailable", message)
}

function base64(given: Uint8Array): string {
  return Buffer.from(given).toString("base64")
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"))
}
