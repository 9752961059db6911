import type { RefusalData } from "@outlayer/attestation/pure"

/** Ends the call, which undoes all that it did; the stable code comes first. */
export function refuse({ reason, detail }: RefusalData): never {
  throw new Error(`${reason}: ${detail.slice(0, 200)}`)
}
