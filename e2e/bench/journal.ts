/** What each process has said of each request, with the time stamps of its own log lines. */
import type { LogLine } from "@outlayer/stack"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"

export type Journal = ReturnType<typeof createJournal>

const PATIENCE_MS = 10_000

const Facts = z.object({
  service: z.string(),
  msg: z.string(),
  taskId: z.string().optional(),
  requestId: z.number().optional(),
})

export function createJournal() {
  const lines = new Map<string, LogLine>()
  /** Some lines name only the task. */
  const tasks = new Map<number, string>()

  return {
    onLog: (line: LogLine): void => {
      const { service, msg, taskId, requestId } = Facts.parse(line)
      if (taskId !== undefined && requestId !== undefined) tasks.set(requestId, taskId)
      if (requestId !== undefined) lines.set(`request ${requestId} ${service} ${msg}`, line)
      if (taskId !== undefined) lines.set(`task ${taskId} ${service} ${msg}`, line)
    },

    /** Waits for a line that is still on its way. */
    async find(requestId: number, service: string, message: string): Promise<LogLine> {
      for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await sleep(5)) {
        const line =
          lines.get(`request ${requestId} ${service} ${message}`) ??
          lines.get(`task ${tasks.get(requestId)} ${service} ${message}`)
        if (line) return line
      }
      throw new Error(`${service} never said "${message}" of request ${requestId}`)
    },
  }
}
