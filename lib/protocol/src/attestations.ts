/** What a worker's machine says of one run: kept for whoever wants it proven. */
import { z } from "zod"
import { AccountId, Bytes, CryptoHash, FullCommit, PublicKey, Sha256Hex, Whole } from "./near.ts"
import type { ResultStatement as Statement } from "./pure/index.ts"
import type { Route } from "./route.ts"
import { LeaseKey } from "./tasks.ts"

/** dstack's are some 10 KiB and 20 KiB; no verifier reads longer ones. */
const MAX_QUOTE_BYTES = 16_384
const MAX_EVENT_LOG = 131_072

export const ResultStatement = z.strictObject({
  network: z.string().max(64),
  contract_id: AccountId,
  request_id: Whole,
  request_hash: Sha256Hex,
  commit: FullCommit,
  wasm_hash: Sha256Hex,
  output_hash: Sha256Hex.nullable(),
  error_code: z.string().max(64).nullable(),
  instructions: z.string().regex(/^(0|[1-9]\d{0,19})$/),
  block_height: Whole,
  block_hash: CryptoHash,
  worker_key: PublicKey,
  receipt_hash: Sha256Hex,
}) satisfies z.ZodType<Statement>

export const ResultAttestation = z
  .strictObject({
    statement: ResultStatement,
    quote: Bytes.refine(({ length }) => length <= MAX_QUOTE_BYTES, "is too long"),
    event_log: z.string().max(MAX_EVENT_LOG),
  })
  .meta({ id: "ResultAttestation" })
export type ResultAttestation = z.infer<typeof ResultAttestation>

/** Before the run is settled, by who holds its task: one of each attempt. */
export const StoreAttestation = {
  method: "POST",
  path: "/attestations",
  body: z.strictObject({ ...LeaseKey.shape, attestation: ResultAttestation }),
  reply: z.object({ hash: Sha256Hex }),
} as const satisfies Route

/** The one that the settlement names. */
export const GetAttestation = {
  method: "GET",
  path: "/attestations/:task_id",
  params: z.strictObject({ task_id: z.uuid() }),
  reply: ResultAttestation,
} as const satisfies Route
