/** Validates core wasm and rewrites it so that it pays for what it does. No I/O. */
export { type Component, isComponent, readComponent } from "./component/read-component.ts"
export { nameModule } from "./component/name-module.ts"
export { meterForGuest } from "./guest/meter-for-guest.ts"
export { COUNTERS, NEAR_MEMORY, REFUSED_GROWTH } from "./metered-module.ts"
export type {
  FunctionType,
  MeteredModule,
  ModuleExport,
  ModuleImport,
  ValueType,
} from "./metered-module.ts"
export { ModuleRefused } from "./module-refused.ts"
export { meterForNear } from "./near/meter-for-near.ts"
