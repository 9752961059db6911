/** What the coordinator's operator may do, with the admin token. */
import { z } from "zod"
import { Sha256Hex } from "./near.ts"
import type { Route } from "./route.ts"

const WorkerToken = z.object({
  token_hash: Sha256Hex,
  worker_name: z.string(),
  is_active: z.boolean(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
})

export const ListWorkerTokens = {
  method: "GET",
  path: "/admin/worker-tokens",
  reply: z.object({ tokens: z.array(WorkerToken) }),
} as const satisfies Route

/** The token itself is shown here, once; only its SHA-256 is kept. */
export const CreateWorkerToken = {
  method: "POST",
  path: "/admin/worker-tokens",
  body: z.strictObject({ worker_name: z.string().min(1).max(128) }),
  reply: z.object({ token: z.string(), token_hash: Sha256Hex }),
  isCreated: () => true,
} as const satisfies Route

export const RevokeWorkerToken = {
  method: "DELETE",
  path: "/admin/worker-tokens",
  query: z.strictObject({ token_hash: Sha256Hex }),
  reply: z.object({ revoked: z.boolean() }),
} as const satisfies Route

/** Puts a task that ended as `failed` back into its queue. */
export const RequeueTask = {
  method: "POST",
  path: "/admin/tasks/:id/requeue",
  params: z.strictObject({ id: z.uuid() }),
  reply: z.object({ requeued: z.boolean() }),
} as const satisfies Route
