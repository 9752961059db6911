/** Every metric of the coordinator. */
import { Capability } from "@outlayer/protocol"
import { createMetrics, type Metrics } from "@outlayer/service"
import type { ExecutionStore } from "./executions/store.ts"
import type { TaskQueue } from "./queue/queue.ts"
import type { WasmStore } from "./wasm/store.ts"
import type { WorkerStore } from "./workers/store.ts"

export interface CoordinatorMetrics extends Pick<Metrics, "render"> {
  requestSeconds: ReturnType<Metrics["histogram"]>
}

export function createMetricsOf(deps: {
  queue: TaskQueue
  executions: ExecutionStore
  wasm: WasmStore
  workers: WorkerStore
}): CoordinatorMetrics {
  const { queue, executions, wasm, workers } = deps
  const metrics = createMetrics()
  metrics.gauge("outlayer_open_tasks", "Tasks that have not ended, by kind and state", async () =>
    (await executions.countOpen()).map(({ kind, state, count }) => ({
      labels: { kind, state },
      value: count,
    })),
  )
  metrics.gauge("outlayer_queue_tasks", "Ids in the queue", async () =>
    Promise.all(
      Capability.options.map(async (capability) => ({
        labels: { capability },
        value: await queue.size(capability),
      })),
    ),
  )
  metrics.gauge("outlayer_wasm_cache_bytes", "Size of the wasm cache", async () => [
    { value: await wasm.sizeBytes() },
  ])
  metrics.gauge("outlayer_active_workers", "Workers heard of within five minutes", async () => [
    { value: await workers.countActive() },
  ])
  return {
    render: () => metrics.render(),
    requestSeconds: metrics.histogram(
      "outlayer_http_request_seconds",
      "Time to answer; a long poll waits",
      [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    ),
  }
}
