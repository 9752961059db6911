/** What the operator may do with tasks. */
import { OutlayerError, RequeueTask } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { Tasks } from "./tasks.ts"

export function taskAdminRoutes(app: App, tasks: Tasks): void {
  addRoute(app, RequeueTask, async ({ params: { id } }) => {
    const requeued = await tasks.requeue(id)
    if (requeued === undefined) throw new OutlayerError("task_not_found", `No task ${id}`)
    return { requeued }
  })
}
