/** Receipts, which anybody may read, and sealed transcripts, which some can open. */
import { z } from "zod"
import { AccountId, Sha256Hex, Whole } from "./near.ts"
import { type HashedReceipt, LIMITS, type ReceiptOutcome } from "./pure/index.ts"
import type { Route } from "./route.ts"

const Decimal = z.string().regex(/^(0|[1-9]\d{0,19})$/)
const Sized = z.strictObject({ hash: Sha256Hex, bytes: Whole })
const Label = z.string().max(200)

export const TRANSCRIPT_STATES = [
  "kept",
  /** None of the accounts has a full-access ed25519 key. */
  "no_keys",
  "too_large",
  "keys_unavailable",
  /** Of a run that nobody asked for on a chain. */
  "not_kept",
] as const

export const RunReceipt = z
  .strictObject({
    version: z.literal(1),
    request: z
      .strictObject({ contract_id: AccountId, request_id: Whole, request_hash: Sha256Hex })
      .nullable(),
    engine: Label,
    sandbox_level: Label,
    wasm_hash: Sha256Hex,
    metered_hash: Sha256Hex.nullable(),
    input: Sized,
    arguments_hash: Sha256Hex,
    files_hash: Sha256Hex.nullable(),
    environment: z.array(z.string()).max(10_000),
    host_answers: z.strictObject({ count: Whole, hash: Sha256Hex }),
    limits: z.strictObject({
      max_instructions: Decimal.max(18),
      max_memory_mb: Whole.min(1).max(LIMITS.memoryMb.max),
      max_execution_ms: Whole.min(1).max(LIMITS.executionSeconds.max * 1_000),
      max_output_bytes: Whole.max(256 * 1024 * 1024),
    }),
    outcome: z.strictObject({
      kind: Label,
      exit_code: Whole.nullable(),
      trap: Label.nullable(),
      where: z.array(z.string().max(300)).max(16),
    }) satisfies z.ZodType<ReceiptOutcome>,
    instructions: Decimal,
    time_ms: Whole,
    output: Sized,
    transcript: z.strictObject({
      shared_hash: Sha256Hex,
      private_hash: Sha256Hex.nullable(),
      state: z.enum(TRANSCRIPT_STATES),
      sealed_to: z.array(AccountId).max(2),
      expires_at: z.iso.datetime().nullable(),
    }),
    /** SHA-256 of the canonical bytes of all the rest. */
    hash: Sha256Hex,
  })
  .meta({ id: "RunReceipt" }) satisfies z.ZodType<HashedReceipt>
export type RunReceipt = z.infer<typeof RunReceipt>

const Header = z.tuple([z.string(), z.string()])
const Variable = z.tuple([z.string(), z.string()])

const HttpExchange = z.strictObject({
  request: z.strictObject({
    method: z.string(),
    scheme: z.enum(["http", "https"]),
    authority: z.string(),
    path: z.string(),
    headers: z.array(Header),
    body: z.base64(),
  }),
  status: Whole.nullable(),
  headers: z.array(Header),
  pieces: z.array(z.base64()),
  trailers: z.array(Header).nullable(),
  failure: z.string().nullable(),
})
export type HttpExchange = z.infer<typeof HttpExchange>

const Draws = z.strictObject({ seed: z.base64(), http: z.array(HttpExchange) })

const SharedPart = z.strictObject({
  blinding: z.base64(),
  facts_hash: Sha256Hex,
  wall_clock_ns: Decimal,
  program_name: z.string(),
  arguments: z.array(z.string()),
  environment: z.array(Variable),
  stdin: z.base64(),
  files: z
    .array(
      z.strictObject({
        path: z.string(),
        bytes: z.base64().nullable(),
        link: z.string().nullable(),
      }),
    )
    .nullable(),
  draws: Draws.nullable(),
})

const PrivatePart = z.strictObject({
  blinding: z.base64(),
  secrets: z.array(Variable),
  draws: Draws,
})

/** What a run is repeated from, as far as its reader may know it. */
export const Transcript = z.strictObject({
  version: z.literal(1),
  shared: SharedPart.nullable(),
  /** Of a run with secrets. */
  private: PrivatePart.nullable(),
  /** The program, compressed by gzip, where whoever recorded it had no other place for it. */
  wasm: z.base64().nullable(),
})
export type Transcript = z.infer<typeof Transcript>

/** One part under a key of its own, which is wrapped for each key of each account that may open it. */
const SealedPart = z.strictObject({
  /** Secretbox of the part's JSON, compressed by gzip. */
  box: z.base64(),
  nonce: z.base64(),
  keys: z
    .array(z.strictObject({ account_id: AccountId, public_key: z.string(), box: z.base64() }))
    .max(128),
})
export type SealedPart = z.infer<typeof SealedPart>

export const SealedTranscript = z
  .strictObject({
    version: z.literal(1),
    /** As in the receipt: it goes into the wrapping of every key. */
    shared_hash: Sha256Hex,
    expires_at: z.iso.datetime(),
    shared: SealedPart,
    private: SealedPart.nullable(),
  })
  .meta({ id: "SealedTranscript" })
export type SealedTranscript = z.infer<typeof SealedTranscript>

/** The one that belongs to the receipt of `GET /executions/:request_id`. */
export const GetTranscript = {
  method: "GET",
  path: "/executions/:request_id/transcript",
  params: z.strictObject({ request_id: z.coerce.number().int().nonnegative() }),
  reply: SealedTranscript,
} as const satisfies Route
