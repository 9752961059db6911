import type { Call } from "./call.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, returnsI64, takesI32 } from "./host-function.ts"
import { REGULAR_OP } from "./parameters.ts"

/** What old contracts still import. */
export const retiredFunctions: HostFunctions = {
  storage_iter_prefix: returnsI64(2, deprecated("storage_iter_prefix")),
  storage_iter_range: returnsI64(4, deprecated("storage_iter_range")),
  storage_iter_next: returnsI64(3, deprecated("storage_iter_next")),
  /** Once put in by the instrumentation: so many operators. */
  gas: takesI32(1, (call: Call, operators: number) => {
    call.gas.burn(BigInt(operators) * REGULAR_OP)
  }),
}

function deprecated(name: string) {
  return (): bigint => {
    throw new HostError("Deprecated", { method_name: name })
  }
}
