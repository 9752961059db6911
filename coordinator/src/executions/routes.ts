import { GetExecution, ListExecutions, OutlayerError } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { ExecutionStore } from "./store.ts"

export function executionRoutes(app: App, executions: ExecutionStore): void {
  addRoute(app, ListExecutions, async ({ query }) => ({ executions: await executions.list(query) }))

  addRoute(app, GetExecution, async ({ params: { request_id } }) => {
    const execution = await executions.find(request_id)
    if (!execution) throw new OutlayerError("task_not_found", `No request ${request_id}`)
    return execution
  })
}
