/** How far watchers have read the chain. */
import { sql } from "kysely"
import { z } from "zod"
import { Count, type Db, firstRow } from "../db.ts"

export type CursorStore = ReturnType<typeof createCursorStore>

const Cursor = z.object({ block_height: Count })

export function createCursorStore(db: Db) {
  return {
    async read(contractId: string): Promise<number | null> {
      const row = await firstRow(
        db,
        Cursor,
        sql`select block_height from watcher_cursors where contract_id = ${contractId}`,
      )
      return row?.block_height ?? null
    },

    /** Only forward; returns where the cursor is now. */
    async advance(contractId: string, blockHeight: number): Promise<number> {
      const row = await firstRow(
        db,
        Cursor,
        sql`
          insert into watcher_cursors (contract_id, block_height)
          values (${contractId}, ${blockHeight})
          on conflict (contract_id) do update
          set block_height = greatest(watcher_cursors.block_height, excluded.block_height)
          returning block_height
        `,
      )
      return row?.block_height ?? blockHeight
    },
  }
}
