/** This worker's key on chain: entered at the start, again before its registration ends, and taken out. */
import { setTimeout as sleep } from "node:timers/promises"
import type { DstackClient } from "@outlayer/attestation"
import { callContract, type Chain, type Signer, type Witnesses } from "@outlayer/near"
import { BegunRegistration, Nanoseconds, RegisteredWorker } from "@outlayer/protocol"
import { workerReportData } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import { z } from "zod"
import { within } from "../within.ts"

const GAS = 300n * 10n ** 12n
/** Of a registration's life, a day at most: what fails then can be tried often before it ends. */
const RENEW_AFTER = 0.5
const RETRY_MS = 30_000
const TRIES = 5
/** Whoever stops a worker gives it half a minute at best. */
const LEAVE_MS = 10_000
/** What the contract says when an account's other keys leave no room for one more. */
const NO_ROOM = /(?:allowance_used_up|too_many_keys): [^"\\]*/

const Keys = z
  .object({ keys: z.array(z.object({ public_key: z.string(), expires_at_ns: Nanoseconds })) })
  .nullable()
const Config = z.object({ init_account_id: z.string() })

export interface RegistrationOptions {
  chain: Chain
  /** The contract that verifies the quote. */
  registerId: string
  /** Pays and signs for the registration: the register's init account, or one with a stake. */
  payer: Signer
  dstack: DstackClient
  /** What is registered. */
  publicKey: string
  log: Logger
}

/** Resolves once the chain has the key as live. Throws what the contract says against it. */
async function register(options: RegistrationOptions): Promise<RegisteredWorker> {
  const { chain, registerId, payer, dstack, publicKey: public_key, log } = options
  const call = (method: string, args: object) =>
    callContract(chain, payer, { contractId: registerId, method, args, gas: GAS })
  const { nonce, network, register } = BegunRegistration.parse(
    await call("begin_registration", { public_key }),
  )
  const statement = { network, register, public_key, nonce }
  const { quote, eventLog } = await dstack.getQuote(workerReportData(nodePrimitives, statement))
  await call("register_worker_key", {
    public_key,
    tdx_quote_hex: Buffer.from(quote).toString("hex"),
    event_log: JSON.stringify(eventLog),
  })
  const found = await chain.view(registerId, "get_worker", { public_key })
  const registered = RegisteredWorker.parse(found)
  if (!registered.is_live) throw new Error(`The key is not live: ${registered.reason}`)
  const { measurement, expires_at_ns: expiresAtNs } = registered
  log.info({ publicKey: public_key, measurement, expiresAtNs }, "key registered")
  return registered
}

/**
 * At the start: a key of the payer that another process uses, or a block too late, is tried again.
 * Throws, in words for an operator, when keys of his must go first.
 */
export async function registerAtStart(options: RegistrationOptions): Promise<RegisteredWorker> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await register(options)
    } catch (err) {
      const noRoom = NO_ROOM.exec(String(err))
      if (noRoom) throw new Error(await sayWhichKeys(options, noRoom[0]), { cause: err })
      if (tries === TRIES) throw err
      options.log.warn({ err, tries }, "key not registered")
      options.payer.forgetNonce()
      await sleep(500 * tries)
    }
  }
}

/** None is ended unasked: another worker of the account may be using it. */
async function sayWhichKeys(options: RegistrationOptions, refusal: string): Promise<string> {
  const { chain, registerId, payer } = options
  const found = await chain.view(registerId, "get_worker", { account_id: payer.accountId })
  const keys = Keys.parse(found)?.keys ?? []
  const lines = keys.map(({ public_key, expires_at_ns }) => {
    const until = new Date(Number(expires_at_ns / 1_000_000n)).toISOString()
    return `  ${public_key} (until ${until})`
  })
  return [
    `${refusal}. Keys of ${payer.accountId}:`,
    ...lines,
    `For each whose worker runs no more, as ${payer.accountId}: ${registerId}.deactivate_worker {"public_key": "..."}`,
  ].join("\n")
}

/**
 * Whether a stake pays for the key's gas, so that it is ended at a clean stop. The init account's keys
 * stay until their day is over: what they signed as builders keeps its worth that long.
 */
export async function isStaked({
  chain,
  registerId,
  payer,
}: Pick<RegistrationOptions, "chain" | "registerId" | "payer">): Promise<boolean> {
  const config = Config.parse(await chain.view(registerId, "get_config", {}))
  return config.init_account_id !== payer.accountId
}

/** What the key could spend for gas is the account's next one's. Throws nothing: the worker stops. */
export async function leave(options: RegistrationOptions): Promise<void> {
  const { chain, registerId, payer, publicKey: public_key, log } = options
  try {
    const call = { contractId: registerId, method: "deactivate_worker", args: { public_key } }
    await within(LEAVE_MS, callContract(chain, payer, { ...call, gas: GAS }))
    log.info({ publicKey: public_key }, "key ended")
  } catch (err) {
    log.warn({ err, publicKey: public_key }, "key not ended: it lives until its day is over")
  }
}

/** Throws unless the key's registration counts now: it ends with its day, its stake, its measurement. */
export async function requireLive(
  witnesses: Pick<Witnesses, "view">,
  registerId: string,
  public_key: string,
): Promise<void> {
  const found = await witnesses.view(registerId, "get_worker", { public_key })
  const registered = found === null ? undefined : RegisteredWorker.parse(found)
  if (registered?.is_live) return
  throw new Error(`This worker's key is not live: ${registered?.reason ?? "unknown to the chain"}`)
}

/** Until `stop`. */
export async function keepRegistered(
  options: RegistrationOptions,
  registered: RegisteredWorker,
  stop: AbortSignal,
): Promise<void> {
  let ends = registered.expires_at_ns
  while (!stop.aborted) {
    try {
      const { timestampNs } = await options.chain.finalBlock()
      const leftMs = Number((ends - timestampNs) / 1_000_000n)
      await sleep(Math.max(0, leftMs * RENEW_AFTER), undefined, { signal: stop })
      ends = (await register(options)).expires_at_ns
    } catch (err) {
      if (stop.aborted) return
      options.log.error({ err }, "registration not renewed")
      options.payer.forgetNonce()
      await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {})
    }
  }
}
