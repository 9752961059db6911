/** What workers say of themselves. Nothing is decided by it. */
import type { Heartbeat } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, Count, type Db, firstRow } from "../db.ts"

export type WorkerStore = ReturnType<typeof createWorkerStore>

export function createWorkerStore(db: Db) {
  return {
    async heartbeat(beat: z.output<(typeof Heartbeat)["body"]>): Promise<void> {
      const statement = sql`
        insert into workers (worker_id, worker_name, status, current_task_id, sandbox_level)
        values (${beat.worker_id}, ${beat.worker_name}, ${beat.status}, ${beat.current_task_id},
          ${beat.sandbox_level})
        on conflict (worker_id) do update
        set worker_name = excluded.worker_name, status = excluded.status,
          current_task_id = excluded.current_task_id, sandbox_level = excluded.sandbox_level,
          last_heartbeat_at = now()
      `
      await affected(db, statement)
    },

    /** How many are there: heard of within five minutes, and not signed off. */
    async countActive(): Promise<number> {
      const row = await firstRow(
        db,
        z.object({ active: Count }),
        sql`
          select count(*) as active from workers
          where status <> 'offline' and last_heartbeat_at > now() - interval '5 minutes'
        `,
      )
      return row?.active ?? 0
    },
  }
}
