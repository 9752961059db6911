import { type Call, decodeUtf8 } from "./call.ts"
import { HostError } from "./host-error.ts"

export function appendFunctionCall(
  call: Call,
  index: bigint,
  methodLength: bigint,
  methodPointer: bigint,
  argsLength: bigint,
  argsPointer: bigint,
  amountPointer: bigint,
  gas: bigint,
  gasWeight = 0n,
): void {
  call.startOutsideViews("promise_batch_action_function_call")
  const deposit = call.memory.readU128(amountPointer)
  const method = readMethodName(call, methodPointer, methodLength)
  const args = call.read(argsPointer, argsLength)
  const { receipt, sir } = receiptToAppendTo(call, index)
  payForFunctionCall(call, method.length + args.length, sir)
  call.gas.promise(gas)
  payDeposit(call, deposit)
  pushFunctionCall(call, receipt, { method, args, gas, gasWeight, deposit })
}

export function readMethodName(call: Call, pointer: bigint, length: bigint): Uint8Array {
  const method = call.read(pointer, length)
  if (method.length === 0) throw new HostError("EmptyMethodName")
  return method
}

export function payForFunctionCall(call: Call, bytes: number, sir: boolean): void {
  call.gas.payAction("function_call_base", sir)
  call.gas.payActionPerByte("function_call_byte", bytes, sir)
}

/** An empty account may still attach one yocto, which proves a full access key: the chain gives it. */
export function payDeposit(call: Call, yocto: bigint): void {
  if (yocto === 1n && call.balance === 0n) call.subsidized += 1n
  else call.deductBalance(yocto)
}

export function pushFunctionCall(
  call: Call,
  receipt: number,
  action: {
    method: Uint8Array
    args: Uint8Array
    gas: bigint
    gasWeight: bigint
    deposit: bigint
  },
): void {
  const { method, ...rest } = action
  const methodName = decodeMethodName(method)
  call.promises.append(receipt, { type: "function_call", methodName, ...rest })
}

export function decodeMethodName(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    throw new HostError("InvalidMethodName")
  }
}

/** `sir`: the sender is the receiver, which is cheaper by the byte. */
export function receiptToAppendTo(call: Call, index: bigint): { receipt: number; sir: boolean } {
  const receipt = call.promises.receiptToAppendTo(index)
  return { receipt, sir: call.promises.receiver(receipt) === call.context.currentAccountId }
}
