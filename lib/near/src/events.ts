/** NEP-297 events as our contract logs them. */
import { z } from "zod"

const PREFIX = "EVENT_JSON:"

const Event = z.object({
  standard: z.literal("near-outlayer"),
  event: z.string(),
  data: z.array(z.unknown()).min(1),
})

/** The name and first datum of one of our events; undefined for any other log line. */
export function parseEvent(log: string): { event: string; data: unknown } | undefined {
  if (!log.startsWith(PREFIX)) return undefined
  const parsed = Event.safeParse(parseJson(log.slice(PREFIX.length)))
  return parsed.success ? { event: parsed.data.event, data: parsed.data.data[0] } : undefined
}

/** Any contract may log anything under this prefix. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
