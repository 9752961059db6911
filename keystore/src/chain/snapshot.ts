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
  "REPLY_TOO_LONG",
]
/** Reads remembered of one block, and what they take; beyond that they are asked for again. */
const MAX_REMEMBERED = 20_000
const MAX_REMEMBERED_BYTES = 8 * 1024 * 1024
/** Of a contract of ours. */
const MAX_VIEW_BYTES = 512 * 1024
/** What a reply has besides the result: 16 KiB of logs at most, escaped, and the frame. */
const MAX_AROUND_BYTES = 128 * 1024

/** A view's result, which nodes write as one number for each byte. */
const Called = z.object({ result: z.custom<number[]>(isBytes) })
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
  /**
   * What a view method returned, of a contract that is not to be trusted with more than `maxBytes`:
   * beyond them the answer is `REPLY_TOO_LONG`. Throws `chain_unavailable`.
   */
  viewText(
    contractId: string,
    method: string,
    args: object,
    maxBytes: number,
  ): Promise<Answer<string>>
  /** Yocto. */
  balance(accountId: string): Promise<Answer<bigint>>
  /** Whether the account has this key with full access. */
  hasFullAccess(accountId: string, publicKey: string): Promise<boolean>
}

export function createSnapshot(block: FinalBlock, options: Quorum<Endpoint>): Snapshot {
  const remembered = new Map<string, Promise<Answer<string>>>()
  let rememberedBytes = 0

  return {
    block,

    async view(contractId, method, args) {
      const answer = await viewText(contractId, method, args, MAX_VIEW_BYTES)
      return answer.ok ? parseJson(answer.value) : answer
    },

    viewText,

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

  function viewText(contractId: string, method: string, args: object, maxBytes: number) {
    return query(
      {
        request_type: "call_function",
        account_id: contractId,
        method_name: method,
        args_base64: Buffer.from(JSON.stringify(args)).toString("base64"),
      },
      (raw, endpoint) => {
        const { result } = Called.parse(raw)
        if (result.length > maxBytes) throw new EndpointError(endpoint, "REPLY_TOO_LONG")
        return Buffer.from(result).toString("utf8")
      },
      maxBytes,
    )
  }

  function query(
    params: object,
    read: (raw: unknown, endpoint: string) => string,
    maxBytes?: number,
  ): Promise<Answer<string>> {
    const key = JSON.stringify([params, maxBytes])
    const known = remembered.get(key)
    if (known) return known
    const asked = askState(params, read, maxBytes)
    if (remembered.size < MAX_REMEMBERED) {
      remembered.set(key, asked)
      // Only answers are worth remembering, as long as there is room.
      asked.then(
        (answer) => {
          const bytes = key.length + (answer.ok ? answer.value.length : 0)
          if (rememberedBytes + bytes > MAX_REMEMBERED_BYTES) remembered.delete(key)
          else rememberedBytes += bytes
        },
        () => remembered.delete(key),
      )
    }
    return asked
  }

  async function askState(
    params: object,
    read: (raw: unknown, endpoint: string) => string,
    maxBytes?: number,
  ): Promise<Answer<string>> {
    // Four characters at most for a byte: `255,`.
    const maxReply = maxBytes && 4 * maxBytes + MAX_AROUND_BYTES
    const text = await askQuorum(options, async (endpoint, signal) => {
      try {
        const at = { ...params, block_id: block.hash }
        const raw = await endpoint.ask("query", at, signal, maxReply)
        const failed = Failed.safeParse(raw).success
        return JSON.stringify(
          failed
            ? { ok: false, failure: "ANSWERED_ERROR" }
            : { ok: true, value: read(raw, endpoint.name) },
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

/** A plain loop: for each of a million numbers zod takes ten times as long, and nobody else is served. */
function isBytes(given: unknown): boolean {
  return (
    Array.isArray(given) &&
    given.every((byte) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) <= 255)
  )
}

export function parseJson(text: string): Answer<unknown> {
  try {
    return { ok: true, value: JSON.parse(text === "" ? "null" : text) }
  } catch {
    return { ok: false, failure: "NOT_JSON" }
  }
}
