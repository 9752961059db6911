/**
 * Machines that do not exist: quotes and collateral in the exact form of real ones, under a root of
 * their own. For tests and `TEE_MODE=simulated`; nothing here is reached from production entries.
 */
export { CATALOGUE, type CatalogueCase } from "./catalogue/catalogue.ts"
export { verdictOf } from "./catalogue/verdict.ts"
export { createCollateral, type CollateralChanges } from "./collateral.ts"
export { bootEvents, type Boot, keyOriginOf, replay, runtimeEvent } from "./event-log.ts"
export { type GuestAgentOptions, startGuestAgent } from "./guest-agent.ts"
export { readMeasurement } from "./measurement.ts"
export { type Pccs, type PccsOptions, startPccs } from "./pccs.ts"
export { createPki, type Pki, type PkiChanges } from "./pki.ts"
export { createQuote, type QuoteChanges } from "./quote.ts"
