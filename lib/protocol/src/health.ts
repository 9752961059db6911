/** Whether a service is there, and whether what it needs is there. */
import { z } from "zod"
import type { Route } from "./route.ts"

export const Health = { method: "GET", path: "/health", reply: "text" } as const satisfies Route

export const DetailedHealth = {
  method: "GET",
  path: "/health/detailed",
  reply: z.object({
    healthy: z.boolean(),
    parts: z.record(z.string(), z.object({ healthy: z.boolean(), detail: z.string() })),
  }),
} as const satisfies Route

/** Prometheus text. */
export const Metrics = { method: "GET", path: "/metrics", reply: "text" } as const satisfies Route
