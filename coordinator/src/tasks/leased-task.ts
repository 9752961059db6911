/** What a worker is told of the task that it leased. */
import {
  BuildRecord,
  BuildTarget,
  EventContext,
  Failure,
  LeasedTask,
  Settlement,
} from "@outlayer/protocol"
import { LIMITS } from "@outlayer/protocol/pure"
import { z } from "zod"
import { Count, Time } from "../db.ts"

const common = {
  id: z.uuid(),
  lease_token: z.uuid(),
  attempt: z.number(),
  lease_expires_at: Time,
  commit_hash: z.string().nullable(),
  /** Blocks from the request to the first time that a worker took a task of it. */
  taken_after: z.coerce.number().nullable(),
}

export const LeasedRow = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("compile"),
    ...common,
    repo: z.string(),
    commit_hash: z.string(),
    build_target: BuildTarget,
    max_compile_seconds: z.number(),
  }),
  z.object({
    kind: z.literal("execute"),
    ...common,
    contract_id: z.string(),
    chain: z.string(),
    context: EventContext.nullable(),
    resolved_commit: z.string().nullable(),
    wasm_hash: z.string().nullable(),
    record: BuildRecord.nullable(),
    verdict: Failure.nullable(),
    compile_time_ms: Count.nullable(),
    compilation_note: z.string().nullable(),
    deadline_height: Count,
    settlement: Settlement.nullable(),
  }),
])

export function readLeased(row: z.output<typeof LeasedRow>, lease_seconds: number): LeasedTask {
  const { kind, id, lease_token, attempt, lease_expires_at } = row
  const lease = { key: { task_id: id, lease_token, attempt }, lease_expires_at, lease_seconds }
  if (kind === "compile") {
    const { repo, commit_hash, build_target, max_compile_seconds } = row
    return { kind, ...lease, repo, commit: commit_hash, build_target, max_compile_seconds }
  }
  const { contract_id, context, resolved_commit, verdict, wasm_hash, record } = row
  const { compile_time_ms, compilation_note, deadline_height, settlement } = row
  return LeasedTask.parse({
    kind,
    ...lease,
    contract_id,
    request: JSON.parse(row.chain),
    context: context && z.encode(EventContext, context),
    resolved_commit,
    wasm: !verdict && wasm_hash && record ? { checksum: wasm_hash, record } : null,
    verdict,
    compile_time_ms,
    compilation_note,
    deadline_height,
    deadline_code:
      attempt === 1 && isTakenInTime(row.taken_after) ? "deadline_exceeded" : "capacity",
    settlement,
  })
}

/**
 * Of a first attempt: later ones lack the time that ours have lost. When it is not known, the doubt
 * is the sender's benefit: then nothing is charged.
 */
function isTakenInTime(takenAfter: number | null): boolean {
  return takenAfter !== null && takenAfter <= LIMITS.capacityGraceBlocks
}
