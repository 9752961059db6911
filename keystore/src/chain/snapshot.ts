/** The chain at one final block: every read is the quorum's, at that block, and asked for once. */
import { askQuorum, type Quorum } from "@outlayer/protocol"
import { z } from "zod"
import { type Endpoint, EndpointError } from "./endpoint.ts"
import type { FinalBlock } from "./final-block.ts"

/** What the state itself answers, as opposed to an endpoint that could not say. */
const ANSWERS = [
  "UNKNOWN_ACCOUNT",
  "NO_CONTRACT_CODE",
  "CONTRACT_EXECUTION_ERROR",
  "UNKNOWN_ACCESS_KEY",
]
/** Reads remembered of one block; beyond that they are asked for again. */
const MAX_REMEMBERED = 20_000

const Called = z.object({ result: z.array(z.int().min(0).max(255)) })
const Viewed = z.object({ amount: z.string().regex(/^\d{1,39}$/) })
const Key = z.object({ permission: z.union([z.string(), z.record(z.string(), z.unknown())]) })

/** Nodes give a contract's failure, and a key that is not there, as results. */
const Failed = z.object({ error: z.string() })

/** `failure` names what the chain's state has instead of an answer. */
export type Answer<T> = { ok: true; value: T } | { ok: false; failure: string }

export interface Snapshot {
  readonly block: FinalBlock
  /** A view method's JSON. Throws `chain_unavailable`. */
  view(contractId: string, method: string, args: object): Promise<Answer<unknown>>
  /** Yocto. */
  balance(accountId: string): Promise<Answer<bigint>>
  /** Whether the account has this key with full access. */
  hasFullAccess(accountId: string, publicKey: string): Promise<boolean>
}

export function createSnapshot(block: FinalBlock, options: Quorum<Endpoint>): Snapshot {
  const remembered = new Map<string, Promise<Answer<string>>>()

  return {
    block,

    async view(contractId, method, args) {
      const answer = await query(
        {
          request_type: "call_function",
          account_id: contractId,
          method_name: method,
          args_base64: Buffer.from(JSON.stringify(args)).toString("base64"),
        },
        (raw) => Buffer.from(Called.parse(raw).result).toString("utf8"),
      )
      return answer.ok ? parseJson(answer.value) : answer
    },

    async balance(accountId) {
      const params = { request_type: "view_account", account_id: accountId }
      const answer = await query(params, (raw) => Viewed.parse(raw).amount)
      return answer.ok ? { ok: true, value: BigInt(answer.value) } : answer
    },

    async hasFullAccess(accountId, publicKey) {
      const answer = await query(
        { request_type: "view_access_key", account_id: accountId, public_key: publicKey },
        // The nonce moves on; it is not asked for.
        (raw) => (Key.parse(raw).permission === "FullAccess" ? "full" : "limited"),
      )
      return answer.ok && answer.value === "full"
    },
  }

  function query(params: object, read: (raw: unknown) => string): Promise<Answer<string>> {
    const key = JSON.stringify(params)
    const known = remembered.get(key)
    if (known) return known
    const asked = askState(params, read)
    if (remembered.size < MAX_REMEMBERED) {
      remembered.set(key, asked)
      // Only answers are worth remembering.
      asked.catch(() => remembered.delete(key))
    }
    return asked
  }

  async function askState(params: object, read: (raw: unknown) => string): Promise<Answer<string>> {
    const text = await askQuorum(options, async (endpoint, signal) => {
      try {
        const raw = await endpoint.ask("query", { ...params, block_id: block.hash }, signal)
        const failed = Failed.safeParse(raw).success
        return JSON.stringify(
          failed ? { ok: false, failure: "ANSWERED_ERROR" } : { ok: true, value: read(raw) },
        )
      } catch (error) {
        if (!(error instanceof EndpointError) || !ANSWERS.includes(error.causeName)) throw error
        return JSON.stringify({ ok: false, failure: error.causeName })
      }
    })
    // Written by the function above.
    return JSON.parse(text) as Answer<string>
  }
}

function parseJson(text: string): Answer<unknown> {
  try {
    return { ok: true, value: JSON.parse(text === "" ? "null" : text) }
  } catch {
    return { ok: false, failure: "NOT_JSON" }
  }
}
