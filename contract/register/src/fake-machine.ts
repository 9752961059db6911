/** A machine of the simulator's that runs one approved application: for tests. */
import { collateralArguments } from "@outlayer/attestation"
import type { TdReport } from "@outlayer/attestation/pure"
import {
  type Boot,
  bootEvents,
  type CollateralChanges,
  createCollateral,
  createPki,
  createQuote,
  keyOriginOf,
  type Pki,
  type PkiChanges,
  type QuoteChanges,
  readMeasurement,
  replay,
} from "@outlayer/attestation/simulator"

const SEED = Buffer.from("register's machines")
export const COMPOSE_HASH = "c0".repeat(32)

export interface Presented {
  tdx_quote_hex: string
  event_log: string
}

/** With RTMR3 as the boot leaves it. */
export function presentQuote(
  pki: Pki,
  reportData: Uint8Array,
  { report = {}, ...changes }: QuoteChanges = {},
  boot: Partial<Boot> = {},
): Presented {
  const events = bootEvents({ composeHash: COMPOSE_HASH, ...boot })
  const bound: Partial<TdReport> = {
    rtmr3: replay(events),
    reportData: Buffer.from(reportData).toString("hex"),
    ...report,
  }
  const quote = createQuote(pki, { ...changes, report: bound })
  return {
    tdx_quote_hex: Buffer.from(quote).toString("hex"),
    event_log: JSON.stringify(events),
  }
}

export function machine(changes: PkiChanges = {}): Pki {
  return createPki(SEED, changes)
}

export function rootOf(pki: Pki): string {
  return Buffer.from(pki.root.certificate).toString("base64")
}

/** The arguments of `update_collateral`. `issuedAt`: Unix seconds. */
export function collateralArgs(
  pki: Pki,
  issuedAt: number,
  changes: CollateralChanges = {},
): Record<string, string> {
  return collateralArguments(createCollateral(pki, issuedAt, changes))
}

/** What `createQuote` measures where nothing else is asked for. */
export function measurementOfMachine(pki: Pki, role: "worker" | "keystore" = "worker") {
  const measured = readMeasurement(createQuote(pki))
  const origin = role === "keystore" ? keyOriginOf({ composeHash: COMPOSE_HASH }) : {}
  return { role, ...measured, compose_hash: COMPOSE_HASH, ...origin, label: "simulated" }
}
