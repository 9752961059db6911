/**
 * The one verifier of TDX quotes, for services, browser and chain: no imports, ES2020, synchronous,
 * primitives passed in.
 */
export {
  appraise,
  appraiseClaims,
  checkPlatform,
  describeMeasurement,
  measurementOf,
  meets,
  STRICT_KEY_PROVIDERS,
  STRICT_PLATFORM,
} from "./appraise.ts"
export { isNews, readCollateral, supersedes } from "./collateral.ts"
export { readEventLog } from "./event-log.ts"
export type * from "./facts.ts"
export { INTEL_ROOT_BASE64, INTEL_ROOT_SHA256 } from "./intel-root.ts"
export type { Primitives } from "./primitives.ts"
export { parseQuote, type Quote } from "./quote.ts"
export { REASONS } from "./refusal.ts"
export type { Reason, RefusalData, Result } from "./refusal.ts"
export { type OpenedQuote, openQuote, verifyOpenedQuote, verifyQuote } from "./verify-quote.ts"
