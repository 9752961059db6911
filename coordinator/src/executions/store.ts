/** What everybody may read of requests. */
import {
  AccountId,
  CryptoHash,
  type Execution,
  type ExecutionState,
  Failure,
  ResourcesUsed,
  RunReceipt,
  Sha256Hex,
} from "@outlayer/protocol"
import { type RawBuilder, sql } from "kysely"
import { z } from "zod"
import { Count, type Db, firstRow, rows, Time } from "../db.ts"

export type ExecutionStore = ReturnType<typeof createExecutionStore>

const stateOf = {
  checking: "resolving",
  resolving: "resolving",
  waiting: "compiling",
  queued: "queued",
  leased: "running",
  done: "settled",
  failed: "failed",
  expired: "expired",
  gone: "gone",
} as const satisfies Record<string, ExecutionState>

const Row = z.object({
  contract_id: AccountId,
  request_id: Count,
  request_hash: Sha256Hex,
  sender_id: AccountId,
  repo: z.string(),
  commit: z.string(),
  resolved_commit: z.string().nullable(),
  build_target: z.string(),
  state: z.enum(Object.keys(stateOf) as (keyof typeof stateOf)[]).transform((s) => stateOf[s]),
  success: z.boolean().nullable(),
  error: Failure.nullable(),
  resources_used: ResourcesUsed.nullable(),
  wasm_hash: Sha256Hex.nullable(),
  output_hash: Sha256Hex.nullable(),
  attempts: Count,
  deadline_height: Count,
  tx_hash: z.string().nullable(),
  created_at: Time,
  finished_at: Time.nullable(),
})

const RowWithReceipt = Row.extend({
  receipt: RunReceipt.nullable(),
  attestation: z.object({ task_id: z.uuid(), hash: Sha256Hex }).nullable(),
  asked_in: z.object({ transaction_hash: CryptoHash, signer_id: AccountId }).nullable(),
})

const more = sql`,
  receipt,
  case when attestation_hash is not null
    then json_build_object('task_id', tasks.id, 'hash', attestation_hash) end as attestation,
  case when context ->> 'transaction_hash' is not null and context ->> 'signer_id' is not null
    then json_build_object('transaction_hash', context ->> 'transaction_hash',
      'signer_id', context ->> 'signer_id') end as asked_in`

const selectWith = (more: RawBuilder<unknown>) => sql`
  select contract_id, request_id, request_hash, requests.sender_id, requests.repo,
    commit_asked as commit, resolved_commit, requests.build_target, state, success, error,
    resources_used, coalesce(requests.wasm_hash, tasks.wasm_hash) as wasm_hash, output_hash,
    attempt as attempts, deadline_height, tx_hash, requests.created_at, requests.finished_at${more}
  from requests join tasks on tasks.request = requests.id and kind = 'execute'
`

/** Only what the chain has confirmed: what was merely posted is nobody's business. */
export function createExecutionStore(db: Db, contractId: string) {
  return {
    /** The newest, should a reset chain have given the id twice. */
    async find(requestId: number): Promise<z.output<typeof RowWithReceipt> | undefined> {
      return firstRow(
        db,
        RowWithReceipt,
        sql`
          ${selectWith(more)}
          where contract_id = ${contractId} and request_id = ${requestId}
            and request_hash is not null
          order by requests.created_at desc limit 1
        `,
      )
    },

    async list(options: {
      limit: number
      before?: number | undefined
      sender_id?: string | undefined
    }): Promise<Execution[]> {
      const { limit, before = null, sender_id = null } = options
      return rows(
        db,
        Row,
        sql`
          ${selectWith(sql``)}
          where contract_id = ${contractId} and request_hash is not null
            and (${before}::bigint is null or request_id < ${before})
            and (${sender_id}::text is null or requests.sender_id = ${sender_id})
          order by request_id desc, requests.created_at desc limit ${limit}
        `,
      )
    },

    /** For metrics: how many tasks are in each state but the last ones. */
    async countOpen(): Promise<{ kind: string; state: string; count: number }[]> {
      return rows(
        db,
        z.object({ kind: z.string(), state: z.string(), count: Count }),
        sql`
          select kind, state, count(*) from tasks
          where state in ('checking', 'resolving', 'waiting', 'queued', 'leased')
          group by kind, state
        `,
      )
    },
  }
}
