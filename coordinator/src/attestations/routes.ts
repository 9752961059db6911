import { GetAttestation, OutlayerError, StoreAttestation } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { AttestationStore } from "./store.ts"

/** A quote in base64, and a log whose every character JSON may have escaped. */
const BODY_BYTES = 320 * 1024

/** For anybody: what it proves each finds out for himself. */
export function attestationRoutes(app: App, attestations: AttestationStore): void {
  addRoute(app, GetAttestation, async ({ params: { task_id } }) => {
    const attestation = await attestations.find(task_id)
    if (attestation) return attestation
    throw new OutlayerError("attestation_not_found", `No attestation of task ${task_id}`)
  })
}

export function attestationWorkerRoutes(app: App, attestations: AttestationStore): void {
  addRoute(
    app,
    StoreAttestation,
    async ({ body: { attestation, ...key } }) => ({
      hash: await attestations.put(key, attestation),
    }),
    { bodyLimit: BODY_BYTES },
  )
}
