/** Whether what the coordinator needs is there. */
import { DetailedHealth, Metrics } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import { sql } from "kysely"
import type { ChainReader } from "../chain.ts"
import type { Db } from "../db.ts"
import type { CoordinatorMetrics } from "../metrics.ts"
import type { TaskQueue } from "../queue/queue.ts"

const PART_MS = 3_000

export function healthRoutes(
  app: App,
  deps: { db: Db; queue: TaskQueue; chain: ChainReader; metrics: CoordinatorMetrics },
): void {
  const { db, queue, chain, metrics } = deps

  addRoute(app, DetailedHealth, async () => {
    const [database, queueHealth, chainHealth] = await Promise.all([
      probe(async () => {
        await sql`select 1`.execute(db)
        return "answers"
      }),
      probe(async () => {
        return `${queue.name}, ${await queue.size("compile")} to compile, ${await queue.size("execute")} to execute`
      }),
      probe(async () => `final block ${await chain.finalHeight()}`),
    ])
    const parts = { database, queue: queueHealth, chain: chainHealth }
    return { healthy: Object.values(parts).every(({ healthy }) => healthy), parts }
  })

  addRoute(app, Metrics, () => metrics.render())
}

/** The reason stays in the log: an error of a client may name addresses. */
async function probe(ask: () => Promise<string>): Promise<{ healthy: boolean; detail: string }> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error("late")), PART_MS)
  try {
    return { healthy: true, detail: await Promise.race([ask(), late]) }
  } catch {
    return { healthy: false, detail: "does not answer" }
  } finally {
    clearTimeout(timer)
  }
}
