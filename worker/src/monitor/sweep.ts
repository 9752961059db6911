/** Posts what the contract itself says is pending, so that what a block source lost is not lost. */
import type { Chain } from "@outlayer/near"
import { type AccountId, CreateTask, DataId, Whole } from "@outlayer/protocol"
import { LIMITS } from "@outlayer/protocol/pure"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import type { Coordinator } from "../coordinator.ts"

const Page = z.object({
  requests: z.array(z.object({ request_id: Whole, data_id: DataId })),
  next_index: Whole.nullable(),
})

export interface SweepOptions {
  contractId: AccountId
  chain: Chain
  coordinator: Coordinator
  /** Often where there is no block source, now and then where there is one. */
  everyMs: number
  log: Logger
}

/** Runs until `stop`. Posting what is known already changes nothing. */
export async function sweepPending(options: SweepOptions, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await sweepOnce(options).catch((err) => options.log.warn({ err }, "pending requests not read"))
    await sleep(options.everyMs, undefined, { signal: stop }).catch(() => {})
  }
}

async function sweepOnce({ contractId, chain, coordinator, log }: SweepOptions): Promise<void> {
  for (let from: number | null = 0; from !== null;) {
    const args = { from_index: from, limit: LIMITS.pageItems }
    const page = Page.parse(await chain.view(contractId, "list_pending", args))
    for (const { request_id, data_id } of page.requests) {
      const body = { contract_id: contractId, request_id, data_id, context: null }
      const { created } = await coordinator.call(CreateTask, { body })
      if (created) log.info({ requestId: request_id }, "pending request found")
    }
    if (page.next_index !== null && page.next_index <= from) {
      throw new Error(`list_pending does not advance from ${from}`)
    }
    from = page.next_index
  }
}
