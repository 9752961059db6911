import type { Call } from "./call.ts"
import { decodeMethodName } from "./function-call-action.ts"
import { HostError } from "./host-error.ts"
import type { KeyPermission } from "./receipt-draft.ts"

const COMMA = 0x2c

/** Reads what a key may do. Method names are decoded last of all: after the fees and the key. */
export function readKeyPermission(
  call: Call,
  allowancePointer: bigint,
  receiverLength: bigint,
  receiverPointer: bigint,
  namesLength: bigint,
  namesPointer: bigint,
): { pay: (sir: boolean) => void; decode: () => KeyPermission } {
  const allowance = call.memory.readU128(allowancePointer)
  const receiverId = call.readAccountId(receiverPointer, receiverLength)
  const names = splitMethodNames(call.read(namesPointer, namesLength))

  return {
    pay: (sir) => {
      // One more for the zero that ends each name.
      const bytes = names.reduce((sum, name) => sum + name.length + 1, 0)
      call.gas.payAction("add_function_call_key_base", sir)
      call.gas.payActionPerByte("add_function_call_key_byte", bytes, sir)
    },
    decode: () => ({
      kind: "function_call",
      allowance: allowance > 0n ? allowance : undefined,
      receiverId,
      methodNames: names.map(decodeMethodName),
    }),
  }
}

function splitMethodNames(bytes: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = []
  if (bytes.length === 0) return names
  for (let start = 0; start <= bytes.length;) {
    const comma = bytes.indexOf(COMMA, start)
    const end = comma === -1 ? bytes.length : comma
    if (end === start) throw new HostError("EmptyMethodName")
    names.push(bytes.subarray(start, end))
    start = end + 1
  }
  return names
}
