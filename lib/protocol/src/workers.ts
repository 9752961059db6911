/** What workers say of themselves, where their watcher stands, the locks that they share. */
import { z } from "zod"
import { AccountId, Whole } from "./near.ts"
import type { Route } from "./route.ts"

const Ok = z.object({ ok: z.literal(true) })
const WorkerId = z.string().min(1).max(128)

export const Heartbeat = {
  method: "POST",
  path: "/workers/heartbeat",
  body: z.strictObject({
    worker_id: WorkerId,
    worker_name: z.string().min(1).max(128),
    status: z.enum(["online", "busy", "offline"]),
    current_task_id: z.uuid().nullable(),
    sandbox_level: z.string().max(32).nullable(),
  }),
  reply: Ok,
} as const satisfies Route

/** The last block of which a watcher has posted every event; null before the first. */
const Cursor = z.object({ contract_id: AccountId, block_height: Whole.nullable() })

export const GetCursor = {
  method: "GET",
  path: "/watchers/cursor",
  query: z.strictObject({ contract_id: AccountId }),
  reply: Cursor,
} as const satisfies Route

/** Moves forward only: of two watchers the slower one cannot take the other back. */
export const PutCursor = {
  method: "PUT",
  path: "/watchers/cursor",
  body: z.strictObject({ contract_id: AccountId, block_height: Whole }),
  reply: Cursor,
} as const satisfies Route

export const AcquireLock = {
  method: "POST",
  path: "/locks/acquire",
  body: z.strictObject({
    lock_key: z.string().min(1).max(512),
    worker_id: WorkerId,
    ttl_seconds: z.int().min(1).max(3600),
  }),
  reply: z.object({ acquired: z.boolean() }),
} as const satisfies Route

export const ReleaseLock = {
  method: "DELETE",
  path: "/locks/release/:lock_key",
  params: z.strictObject({ lock_key: z.string().min(1).max(512) }),
  query: z.strictObject({ worker_id: WorkerId }),
  reply: z.object({ released: z.boolean() }),
} as const satisfies Route
