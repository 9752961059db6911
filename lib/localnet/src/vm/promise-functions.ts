import type { Call } from "./call.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, returnsI64, takes } from "./host-function.ts"
import { ACTION_FEES, LIMITS, sendFee } from "./parameters.ts"
import { appendFunctionCall } from "./function-call-action.ts"

export const promiseFunctions: HostFunctions = {
  promise_create: returnsI64(8, promiseCreate),
  promise_then: returnsI64(9, promiseThen),
  promise_and: returnsI64(2, promiseAnd),
  promise_batch_create: returnsI64(2, promiseBatchCreate),
  promise_batch_then: returnsI64(3, promiseBatchThen),
  promise_set_refund_to: takes(3, promiseSetRefundTo),
  promise_results_count: returnsI64(0, promiseResultsCount),
  promise_result: returnsI64(2, promiseResult),
  promise_return: takes(1, promiseReturn),
  value_return: takes(2, valueReturn),
}

/** Pays as the two functions that it joins: `base` twice. */
function promiseCreate(
  call: Call,
  accountLength: bigint,
  accountPointer: bigint,
  ...rest: [bigint, bigint, bigint, bigint, bigint, bigint]
): bigint {
  const index = promiseBatchCreate(call, accountLength, accountPointer)
  appendFunctionCall(call, index, ...rest)
  return index
}

function promiseThen(
  call: Call,
  after: bigint,
  accountLength: bigint,
  accountPointer: bigint,
  ...rest: [bigint, bigint, bigint, bigint, bigint, bigint]
): bigint {
  const index = promiseBatchThen(call, after, accountLength, accountPointer)
  appendFunctionCall(call, index, ...rest)
  return index
}

function promiseAnd(call: Call, pointer: bigint, count: bigint): bigint {
  call.startOutsideViews("promise_and")
  call.gas.payBase("promise_and_base")
  const byteLength = count * 8n
  if (byteLength >= 2n ** 64n) throw new HostError("IntegerOverflow")
  // The protocol's fee "per promise" is charged for each byte of their indices.
  call.gas.payPer("promise_and_per_promise", byteLength)
  const bytes = Buffer.from(call.memory.read(pointer, byteLength))

  const receipts: number[] = []
  for (let offset = 0; offset < bytes.length; offset += 8) {
    receipts.push(...call.promises.dependencies(bytes.readBigUInt64LE(offset)))
    const limit = LIMITS.max_number_input_data_dependencies
    if (receipts.length > limit) {
      throw new HostError("NumberInputDataDependenciesExceeded", {
        number_of_input_data_dependencies: BigInt(receipts.length),
        limit: BigInt(limit),
      })
    }
  }
  return call.promises.join(receipts)
}

function promiseBatchCreate(call: Call, accountLength: bigint, accountPointer: bigint): bigint {
  call.startOutsideViews("promise_batch_create")
  const receiverId = call.readAccountId(accountPointer, accountLength)
  payForReceipt(call, receiverId === call.context.currentAccountId, [])
  return call.promises.create(receiverId, [])
}

function promiseBatchThen(
  call: Call,
  after: bigint,
  accountLength: bigint,
  accountPointer: bigint,
): bigint {
  call.startOutsideViews("promise_batch_then")
  const receiverId = call.readAccountId(accountPointer, accountLength)
  const dependencies = call.promises.dependencies(after)
  const sirOfData = dependencies.map((receipt) => call.promises.receiver(receipt) === receiverId)
  payForReceipt(call, receiverId === call.context.currentAccountId, sirOfData)
  return call.promises.create(receiverId, dependencies)
}

function promiseSetRefundTo(
  call: Call,
  index: bigint,
  accountLength: bigint,
  accountPointer: bigint,
): void {
  call.startOutsideViews("promise_set_refund_to")
  const accountId = call.readAccountId(accountPointer, accountLength)
  call.promises.setRefundTo(call.promises.receiptToRefund(index), accountId)
}

function promiseResultsCount(call: Call): bigint {
  call.startOutsideViews("promise_results_count")
  return BigInt(call.context.promiseResults.length)
}

function promiseResult(call: Call, index: bigint, register: bigint): bigint {
  call.startOutsideViews("promise_result")
  const result = call.context.promiseResults[Number(index)]
  if (result === undefined) throw new HostError("InvalidPromiseResultIndex", { result_idx: index })
  switch (result.status) {
    case "not_ready":
      return 0n
    case "successful":
      call.registers.writeWithoutBytes(register, result.data)
      return 1n
    case "failed":
      return 2n
  }
}

function promiseReturn(call: Call, index: bigint): void {
  call.start()
  call.gas.payBase("promise_return")
  call.prohibitInView("promise_return")
  call.returned = {
    kind: "receipt_index",
    receiptIndex: call.promises.receiptToReturn(index),
  }
}

function valueReturn(call: Call, length: bigint, pointer: bigint): void {
  call.start()
  const value = call.read(pointer, length)
  const limit = LIMITS.max_length_returned_data
  if (value.length > limit) {
    const fields = { length: BigInt(value.length), limit: BigInt(limit) }
    throw new HostError("ReturnedValueLengthExceeded", fields)
  }
  let gas = 0n
  for (const receiver of call.context.outputDataReceivers) {
    const sir = receiver === call.context.currentAccountId
    const perByte =
      sendFee("new_data_receipt_byte", sir) + ACTION_FEES.new_data_receipt_byte.execution
    gas += perByte * BigInt(value.length)
  }
  call.gas.payActionGas("new_data_receipt_byte", gas, 0n)
  call.returned = { kind: "value", value }
}

/**
 * A receipt that waits for data pays for the data receipts too, their execution included, as burnt. The profile counts
 * all of it as the action receipt's.
 */
export function payForReceipt(
  call: Call,
  senderIsReceiver: boolean,
  sirOfData: readonly boolean[],
): void {
  let burnt = sendFee("new_action_receipt", senderIsReceiver)
  for (const sir of sirOfData) {
    burnt += sendFee("new_data_receipt_base", sir) + ACTION_FEES.new_data_receipt_base.execution
  }
  call.gas.payActionGas("new_action_receipt", burnt, ACTION_FEES.new_action_receipt.execution)
}
