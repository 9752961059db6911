/** Limits under the names that users of the public system know, and the numbers of limits.json. */
import limits from "../../limits.json" with { type: "json" }

/** Gas kept for the callback of a request. */
export const MIN_RESPONSE_GAS = limits.responseGas
/** The register in which `promise_yield_create` leaves the data id. */
export const DATA_ID_REGISTER = limits.dataIdRegister
export const MAX_INSTRUCTIONS = limits.instructions.max
export const MAX_EXECUTION_SECONDS = limits.executionSeconds.max
export const MAX_COMPILATION_SECONDS = limits.compileSeconds.max

export { limits as LIMITS }
