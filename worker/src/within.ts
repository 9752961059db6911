import { setTimeout as sleep } from "node:timers/promises"

/** Rejects where it takes longer; what was begun is not undone. */
export async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const timer = new AbortController()
  const late = sleep(ms, undefined, timer).then(() => {
    throw new Error(`It took more than ${ms} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer.abort()
  }
}
