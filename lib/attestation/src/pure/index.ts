/**
 * The one verifier of TDX quotes, for services, browser and chain: no imports, ES2020, synchronous,
 * primitives passed in.
 */
export type * from "./facts.ts"
export type { Primitives } from "./primitives.ts"
export { REASONS } from "./refusal.ts"
export type { Reason, RefusalData, Result } from "./refusal.ts"
