/** What everybody may read of a request: never its input, output or log. */
import { z } from "zod"
import { AccountId, CryptoHash, FullCommit, Sha256Hex, Whole } from "./near.ts"
import { RunReceipt } from "./receipts.ts"
import { Failure, ResourcesUsed } from "./requests.ts"
import type { Route } from "./route.ts"

export const ExecutionState = z.enum([
  "resolving",
  "compiling",
  "queued",
  "running",
  "settled",
  "failed",
  "expired",
  "gone",
])
export type ExecutionState = z.infer<typeof ExecutionState>

export const Execution = z
  .object({
    contract_id: AccountId,
    request_id: Whole,
    request_hash: Sha256Hex,
    sender_id: AccountId,
    repo: z.string(),
    commit: z.string(),
    resolved_commit: FullCommit.nullable(),
    build_target: z.string(),
    state: ExecutionState,
    success: z.boolean().nullable(),
    error: Failure.nullable(),
    resources_used: ResourcesUsed.nullable(),
    wasm_hash: Sha256Hex.nullable(),
    output_hash: Sha256Hex.nullable(),
    attempts: Whole,
    deadline_height: Whole,
    tx_hash: CryptoHash.nullable(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Execution" })
export type Execution = z.infer<typeof Execution>

/** Newest first. */
export const ListExecutions = {
  method: "GET",
  path: "/executions",
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(50),
    /** Only those older than this request id. */
    before: z.coerce.number().int().nonnegative().optional(),
    sender_id: AccountId.optional(),
  }),
  reply: z.object({ executions: z.array(Execution) }),
} as const satisfies Route

export const GetExecution = {
  method: "GET",
  path: "/executions/:request_id",
  params: z.strictObject({ request_id: z.coerce.number().int().nonnegative() }),
  reply: Execution.extend({
    /** Of the run, once there was one; a transcript that it says is kept has a route of its own. */
    receipt: RunReceipt.nullable(),
    /** What proves the run: `GET /attestations/:task_id`, and its name on the chain. */
    attestation: z.object({ task_id: z.uuid(), hash: Sha256Hex }).nullable(),
    /** Where the chain was asked, and where it can be read what; null where nobody saw that. */
    asked_in: z.object({ transaction_hash: CryptoHash, signer_id: AccountId }).nullable(),
  }).meta({ id: "ExecutionWithReceipt" }),
} as const satisfies Route
