export { readWorkerMeasurements } from "./approved-measurements.ts"
export {
  type CollateralStore,
  type CollateralStoreOptions,
  type CollateralTrouble,
  CollateralUnavailable,
  createCollateralStore,
  type StoredCollateral,
} from "./collateral-store/collateral-store.ts"
export { type CollateralSource, INTEL_SOURCE } from "./collateral-store/fetch-collateral.ts"
export {
  collateralArguments,
  forwardCollateral,
  type RegisterContract,
} from "./collateral-store/forward-collateral.ts"
export {
  type AttestedQuote,
  createDstackClient,
  type DstackClient,
  type DstackInfo,
  type DstackOptions,
} from "./dstack/client.ts"
export { DstackError, type DstackErrorCode } from "./dstack/post-json.ts"
export { nodePrimitives } from "./primitives.ts"
