import { actionFunctions } from "./action-functions.ts"
import { altBn128Functions } from "./alt-bn128-functions.ts"
import { bls12381Functions } from "./bls12381-functions.ts"
import type { Call } from "./call.ts"
import { contextFunctions } from "./context-functions.ts"
import { gasKeyFunctions } from "./gas-key-functions.ts"
import { globalContractFunctions } from "./global-contract-functions.ts"
import { hashFunctions } from "./hash-functions.ts"
import type { HostFunction } from "./host-function.ts"
import { logFunctions } from "./log-functions.ts"
import { promiseFunctions } from "./promise-functions.ts"
import { registerFunctions } from "./register-functions.ts"
import { retiredFunctions } from "./retired-functions.ts"
import { signatureFunctions } from "./signature-functions.ts"
import { storageFunctions } from "./storage-functions.ts"
import { yieldFunctions } from "./yield-functions.ts"

/** Module `env` at protocol version 86, as nearcore's `imports.rs` lists it. */
export const HOST_FUNCTIONS: ReadonlyMap<string, HostFunction> = new Map(
  Object.entries({
    ...registerFunctions,
    ...contextFunctions,
    ...logFunctions,
    ...storageFunctions,
    ...promiseFunctions,
    ...actionFunctions,
    ...gasKeyFunctions,
    ...globalContractFunctions,
    ...yieldFunctions,
    ...hashFunctions,
    ...signatureFunctions,
    ...altBn128Functions,
    ...bls12381Functions,
    ...retiredFunctions,
  }),
)

/** What wasm calls: takes the gas over, and gives it back. After an error wasm does not go on. */
export function bindHostFunction(
  { type, run }: HostFunction,
  call: Call,
): (...args: never[]) => unknown {
  const isI64 = type.params.map((param) => param === "i64")
  return (...args: (bigint | number)[]) => {
    call.gas.enter()
    const unsigned = args.map((arg, index) =>
      isI64[index] ? BigInt.asUintN(64, arg as bigint) : (arg as number) >>> 0,
    )
    const result = run(call, ...(unsigned as never[]))
    call.gas.leave()
    return result
  }
}
