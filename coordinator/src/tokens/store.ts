/** Workers' tokens: only their SHA-256 is kept, in a table that scripts write to as well. */
import { randomBytes } from "node:crypto"
import { Sha256Hex } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, type Db, firstRow, rows, Time } from "../db.ts"
import { hashToken } from "./hash-token.ts"

export type TokenStore = ReturnType<typeof createTokenStore>

const Token = z.object({
  token_hash: Sha256Hex,
  worker_name: z.string(),
  is_active: z.boolean(),
  created_at: Time,
  last_used_at: Time.nullable(),
})

export function createTokenStore(db: Db) {
  return {
    /** Asked at every call, so that a revoked token ends at once. */
    async isActive(token: string): Promise<boolean> {
      const hash = hashToken(token)
      const row = await firstRow(
        db,
        z.object({ is_stale: z.boolean() }),
        sql`
          select coalesce(last_used_at < now() - interval '1 minute', true) as is_stale
          from worker_auth_tokens where token_hash = ${hash} and is_active
        `,
      )
      if (row?.is_stale) {
        await sql`
          update worker_auth_tokens set last_used_at = now() where token_hash = ${hash}
        `.execute(db)
      }
      return row !== undefined
    },

    /** The token is returned here, once. */
    async create(workerName: string): Promise<{ token: string; token_hash: Sha256Hex }> {
      const token = randomBytes(32).toString("hex")
      const token_hash = hashToken(token)
      const statement = sql`
        insert into worker_auth_tokens (token_hash, worker_name)
        values (${token_hash}, ${workerName})
      `
      await affected(db, statement)
      return { token, token_hash }
    },

    async revoke(tokenHash: string): Promise<boolean> {
      const revoked = await affected(
        db,
        sql`
          update worker_auth_tokens set is_active = false
          where token_hash = ${tokenHash} and is_active
        `,
      )
      return revoked > 0
    },

    async list() {
      return rows(
        db,
        Token,
        sql`
          select token_hash, worker_name, is_active, created_at, last_used_at
          from worker_auth_tokens order by created_at
        `,
      )
    },
  }
}
