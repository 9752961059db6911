import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { once } from "node:events"
import type { ClangJob, ClangReply } from "./clang-worker.ts"

let free = Math.max(1, Math.min(4, availableParallelism()))
const waiting: (() => void)[] = []

/** Runs clang in a thread of its own, as many at once as there are cores. Throws with clang's words. */
export async function runClang(job: ClangJob): Promise<Uint8Array> {
  if (free > 0) free -= 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    const worker = new Worker(new URL("./clang-worker.ts", import.meta.url), { workerData: job })
    const [reply] = (await once(worker, "message")) as [ClangReply]
    await worker.terminate()
    if ("problem" in reply) throw new Error(`clang ${job.output}: ${reply.problem}`)
    return reply.output
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
}
