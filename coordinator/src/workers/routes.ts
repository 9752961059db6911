import { Heartbeat } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { WorkerStore } from "./store.ts"

export function workerRoutes(app: App, workers: WorkerStore): void {
  addRoute(app, Heartbeat, async ({ body }) => {
    await workers.heartbeat(body)
    return { ok: true } as const
  })
}
