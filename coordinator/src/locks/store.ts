/** Locks that workers share. Postgres keeps them: one implementation, with or without Redis. */
import { sql } from "kysely"
import { affected, type Db } from "../db.ts"

export type LockStore = ReturnType<typeof createLockStore>

export function createLockStore(db: Db) {
  return {
    /** Free, run out, or the worker's own already, which then lasts anew. */
    async acquire(lockKey: string, workerId: string, ttlSeconds: number): Promise<boolean> {
      const taken = await affected(
        db,
        sql`
          insert into locks (lock_key, worker_id, expires_at)
          values (${lockKey}, ${workerId}, now() + make_interval(secs => ${ttlSeconds}))
          on conflict (lock_key) do update
          set worker_id = excluded.worker_id, expires_at = excluded.expires_at
          where locks.expires_at <= now() or locks.worker_id = excluded.worker_id
        `,
      )
      return taken > 0
    },

    /** Only by its owner; false when it is another's, or nobody's. */
    async release(lockKey: string, workerId: string): Promise<boolean> {
      const released = await affected(
        db,
        sql`
          delete from locks
          where lock_key = ${lockKey} and worker_id = ${workerId} and expires_at > now()
        `,
      )
      return released > 0
    },
  }
}
