/** Where tasks begin: a chain event, entered once, whoever posts it and however often. */
import { NewTask, OutlayerError } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, type Db } from "../db.ts"

//           the chain     full commit,   its wasm is
//  create   knows it      or resolved    in the cache
// ───────▶ checking ──▶ resolving ──▶ ┬─────────────▶ queued ──▶ leased ──▶ done | failed
//             │             ▲          │                ▲ ▲ ▲      │
//             ▼             │          └──▶ waiting ────┘ │ └──────┘ released, or the lease ran out
//            gone           │     for a compilation       │
//                           └──── the wasm was evicted    └── any of them, with a verdict: a failure
//                                 or found corrupt            that an executor settles unrun
//
// A full or remembered commit passes `resolving` without a stop. resolving, waiting and queued end
// as `expired` when the chain has dropped the yield. A compilation knows only
// queued ──▶ leased ──▶ done | failed.

/**
 * Enters a request in one statement, and says whether it is new. That the chain has it is checked
 * afterwards, so that neither a slow nor a lost endpoint can lose an event. One that was recorded
 * as gone is checked again: the endpoint may have been behind.
 */
export async function createTask(
  db: Db,
  contractId: string,
  { contract_id, request_id, data_id, context }: NewTask,
): Promise<boolean> {
  if (contract_id !== contractId) {
    throw new OutlayerError("bad_request", `This coordinator serves ${contractId} only`)
  }
  const made = await affected(
    db,
    sql`
      with made as (
        insert into requests (contract_id, request_id, data_id, context)
        values (${contract_id}, ${request_id}, ${Buffer.from(data_id)}, ${encodeContext(context)})
        on conflict do nothing
        returning id
      )
      insert into tasks (kind, state, request) select 'execute', 'checking', id from made
    `,
  )
  if (made > 0) return true
  // Whoever found it in the contract's state may have been quicker than the reader of its block.
  if (context) {
    await sql`
      update requests set context = ${encodeContext(context)}
      where contract_id = ${contract_id} and request_id = ${request_id}
        and data_id = ${Buffer.from(data_id)} and context is null
    `.execute(db)
  }
  await sql`
    update tasks set state = 'checking', run_after = now(), tries = 0, finished_at = null
    from requests
    where requests.id = tasks.request and tasks.kind = 'execute' and tasks.state = 'gone'
      and requests.contract_id = ${contract_id} and requests.request_id = ${request_id}
      and requests.data_id = ${Buffer.from(data_id)} and requests.success is null
  `.execute(db)
  return false
}

function encodeContext(context: NewTask["context"]): string | null {
  return context && JSON.stringify(z.encode(NewTask.shape.context, context))
}
