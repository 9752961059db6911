import { AcquireLock, ReleaseLock } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { LockStore } from "./store.ts"

export function lockRoutes(app: App, locks: LockStore): void {
  addRoute(app, AcquireLock, async ({ body }) => ({
    acquired: await locks.acquire(body.lock_key, body.worker_id, body.ttl_seconds),
  }))

  addRoute(app, ReleaseLock, async ({ params, query }) => ({
    released: await locks.release(params.lock_key, query.worker_id),
  }))
}
