/** An execution request as the contract holds it, and the answer that a worker gives. */
import { z } from "zod"
import { AccountId, DataId, FullCommit, Nanoseconds, Sha256Hex, U128, Whole } from "./near.ts"

export const BuildTarget = z.enum(["wasm32-wasip1", "wasm32-wasip2"])

export const ResponseFormat = z.enum(["Bytes", "Text", "Json"])
export type ResponseFormat = z.infer<typeof ResponseFormat>

/** `commit` is what the sender wrote: a branch, a tag, a short or a full hash. */
export const CodeSource = z.object({
  repo: z.string(),
  commit: z.string(),
  build_target: BuildTarget,
})
export type CodeSource = z.infer<typeof CodeSource>

/** Every field is set: the contract fills in the defaults, and prices what it filled in. */
export const ResourceLimits = z.object({
  max_instructions: Whole,
  max_memory_mb: Whole,
  max_execution_seconds: Whole,
  max_compile_seconds: Whole,
})
export type ResourceLimits = z.infer<typeof ResourceLimits>

/** What the contract's `get_request` says of a request that nobody has settled yet. */
export const ChainRequest = z
  .object({
    request_id: Whole,
    data_id: DataId,
    request_hash: Sha256Hex,
    sender_id: AccountId,
    payer_account_id: AccountId,
    code_source: CodeSource,
    resource_limits: ResourceLimits,
    input_data: z.string(),
    secrets_ref: z.object({ profile: z.string(), account_id: AccountId }).nullable(),
    encrypted_secrets: z.string().nullable(),
    /** Null: whatever the worker allows. Empty: none. */
    http_hosts: z.array(z.string()).nullable(),
    response_format: ResponseFormat,
    with_status: z.boolean(),
    payment: U128,
    timestamp: Nanoseconds,
    block_height: Whole,
  })
  .meta({ id: "ChainRequest" })
export type ChainRequest = z.infer<typeof ChainRequest>

/** A guest's Json travels as text, checked by the worker, so that no guest can trap the contract. */
export const ExecutionOutput = z.union([
  z.object({ Bytes: z.base64() }),
  z.object({ Text: z.string() }),
  z.object({ JsonText: z.string() }),
])
export type ExecutionOutput = z.infer<typeof ExecutionOutput>

export const ResourcesUsed = z.object({
  instructions: Whole,
  time_ms: Whole,
  compile_time_ms: Whole.optional(),
})
export type ResourcesUsed = z.infer<typeof ResourcesUsed>

/** A failure as contract, task and caller see it; the code is one of `FAILURES`. */
export const Failure = z.object({ code: z.string(), message: z.string() })
export type Failure = z.infer<typeof Failure>

/** `resolve_execution`'s second argument. */
export const ExecutionResponse = z.object({
  success: z.boolean(),
  output: ExecutionOutput.nullable(),
  error: Failure.nullable(),
  resources_used: ResourcesUsed,
  compilation_note: z.string().optional(),
  resolved_commit: FullCommit.optional(),
  /** SHA-256 of the run's attestation. */
  attestation_hash: Sha256Hex.optional(),
})
export type ExecutionResponse = z.infer<typeof ExecutionResponse>
