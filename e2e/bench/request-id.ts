import type { Answer } from "@outlayer/stack"
import { z } from "zod"

const RequestData = z.object({ request_id: z.number() })
const Requested = z.object({ request_data: z.string() })

/** Throws where the request was refused or its run failed: a bench must not time that. */
export function requestIdOf({ requested, completed, transactionHash }: Answer): number {
  if (!completed?.success) {
    throw new Error(`${transactionHash} ended with ${completed?.error?.code ?? "a refusal"}`)
  }
  return RequestData.parse(JSON.parse(Requested.parse(requested).request_data)).request_id
}
