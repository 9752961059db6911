/** What workers' machines said of runs. Kept as long as their requests; nothing is believed of it here. */
import { type LeaseKey, OutlayerError, ResultAttestation, Sha256Hex } from "@outlayer/protocol"
import { attestationHash } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { sql } from "kysely"
import { z } from "zod"
import { type Db, firstRow } from "../db.ts"
import { isLatest } from "../tasks/finish-execution.ts"
import { leaseLost } from "../tasks/lease.ts"

export type AttestationStore = ReturnType<typeof createAttestationStore>

export function createAttestationStore(db: Db) {
  return {
    /**
     * From whoever holds the task now: its name on the chain. The same again changes nothing,
     * another is refused.
     */
    async put(key: LeaseKey, attestation: ResultAttestation): Promise<Sha256Hex> {
      const hash = Sha256Hex.parse(attestationHash(nodePrimitives, attestation))
      const encoded = JSON.stringify(ResultAttestation.encode(attestation))
      const stored = await firstRow(
        db,
        z.object({ hash: Sha256Hex }),
        // An update that changes nothing, so that what is there already is returned.
        sql`
          insert into attestations (task, attempt, hash, attestation)
          select id, attempt, ${hash}, ${encoded}
          from tasks
          where id = ${key.task_id} and kind = 'execute' and state = 'leased' and ${isLatest(key)}
          on conflict (task, attempt) do update set hash = attestations.hash
          returning hash
        `,
      )
      if (!stored) throw leaseLost(key)
      if (stored.hash === hash) return hash
      throw new OutlayerError("bad_request", `Task ${key.task_id} has another attestation already`)
    },

    /** The one that the settlement of the task's request names. */
    async find(taskId: string): Promise<ResultAttestation | undefined> {
      const row = await firstRow(
        db,
        z.object({ attestation: ResultAttestation }),
        sql`
          select attestation from attestations
          join tasks on tasks.id = task
          join requests on requests.id = tasks.request
          where task = ${taskId} and hash = attestation_hash
          order by attestations.attempt desc limit 1
        `,
      )
      return row?.attestation
    },
  }
}
