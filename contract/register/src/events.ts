/** The lines that watchers read: whatever changes who may settle, or whose money is whose. */
import type { Host } from "./host.ts"

export type EventName =
  | "registration_begun"
  | "worker_registered"
  | "worker_removed"
  | "registration_failed"
  | "keystore_registered"
  | "measurement_approved"
  | "measurement_withdrawn"
  | "withdrawal_not_delivered"
  | "withdrawal_marked"
  | "collateral_updated"
  | "worker_deactivated"
  | "worker_activated"
  | "staked"
  | "unstaked"
  | "stake_withdrawn"
  | "payout_bounced"
  | "claim_opened"
  | "claim_contested"
  | "claim_decided"
  | "claim_dropped"
  | "slashed"

export function logEvent(host: Host, event: EventName, data: object): void {
  const line = { standard: "near-outlayer", version: "1.0.0", event, data: [data] }
  host.log(`EVENT_JSON:${JSON.stringify(line)}`)
}
