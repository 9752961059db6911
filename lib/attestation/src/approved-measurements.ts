/** `get_approved_measurements` of the register contract, as the verifier takes it. */
import { ApprovedMeasurement } from "@outlayer/protocol"
import { z } from "zod"
import type { Measurement } from "./pure/index.ts"

/** What is approved for workers. Throws where the answer is of another form. */
export function readWorkerMeasurements(found: unknown): Measurement[] {
  return z
    .array(ApprovedMeasurement)
    .parse(found)
    .filter(({ role }) => role === "worker")
    .map(({ mrtd: mrTd, rtmr0, rtmr1, rtmr2, compose_hash: composeHash, ...origin }) => {
      const { key_provider: keyProvider, key_provider_id: keyProviderId, app_id: appId } = origin
      const program = { mrTd, rtmr0, rtmr1, rtmr2, composeHash }
      if (keyProvider === null) return program
      return { ...program, keyOrigin: { keyProvider, keyProviderId, appId } }
    })
}
