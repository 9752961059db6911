/** Sealed transcripts: kept for those who can open them, until they expire. */
import { type LeaseKey, SealedTranscript } from "@outlayer/protocol"
import { TRANSCRIPT_DAYS } from "@outlayer/protocol/pure"
import { sql } from "kysely"
import { z } from "zod"
import { affected, type Db, firstRow } from "../db.ts"
import { isLatest } from "../tasks/finish-execution.ts"
import { leaseLost } from "../tasks/lease.ts"

export type TranscriptStore = ReturnType<typeof createTranscriptStore>

export function createTranscriptStore(db: Db, contractId: string) {
  return {
    /** From whoever holds the task now, whose last word counts. No worker makes us keep one for longer. */
    async put(key: LeaseKey, transcript: SealedTranscript): Promise<void> {
      const { shared_hash, expires_at } = transcript
      const stored = await affected(
        db,
        sql`
          insert into transcripts (request, shared_hash, sealed, expires_at)
          select request, ${shared_hash}, ${JSON.stringify(transcript)},
            least(${expires_at}::timestamptz, now() + make_interval(days => ${TRANSCRIPT_DAYS}))
          from tasks
          where id = ${key.task_id} and kind = 'execute' and state = 'leased' and ${isLatest(key)}
          on conflict (request, shared_hash) do update set sealed = excluded.sealed
        `,
      )
      if (stored === 0) throw leaseLost(key)
    },

    /** The one that the request's receipt names, while it lasts. */
    async find(requestId: number): Promise<SealedTranscript | undefined> {
      const row = await firstRow(
        db,
        z.object({ sealed: SealedTranscript }),
        sql`
          select sealed from transcripts join requests on requests.id = transcripts.request
          where contract_id = ${contractId} and request_id = ${requestId} and expires_at > now()
            and receipt -> 'transcript' ->> 'shared_hash' = shared_hash
          order by requests.created_at desc limit 1
        `,
      )
      return row?.sealed
    },

    /** How many there were. */
    async removeExpired(): Promise<number> {
      return affected(db, sql`delete from transcripts where expires_at <= now()`)
    },
  }
}
