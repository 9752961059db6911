import { transferCosts } from "./account-id.ts"
import type { Call } from "./call.ts"
import { appendFunctionCall, receiptToAppendTo } from "./function-call-action.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, takes } from "./host-function.ts"
import { readKeyPermission } from "./key-permission.ts"
import { ACTION_FEES, LIMITS, sendFee } from "./parameters.ts"
import { checkPublicKey } from "./public-key.ts"

/** Actions that a contract adds to a promise of its own. Arguments are read before the promise is looked at. */
export const actionFunctions: HostFunctions = {
  promise_batch_action_create_account: takes(1, createAccount),
  promise_batch_action_deploy_contract: takes(3, deployContract),
  promise_batch_action_function_call: takes(7, appendFunctionCall),
  promise_batch_action_function_call_weight: takes(8, appendFunctionCall),
  promise_batch_action_transfer: takes(2, transfer),
  promise_batch_action_stake: takes(4, stake),
  promise_batch_action_add_key_with_full_access: takes(4, addFullAccessKey),
  promise_batch_action_add_key_with_function_call: takes(9, addFunctionCallKey),
  promise_batch_action_delete_key: takes(3, deleteKey),
  promise_batch_action_delete_account: takes(3, deleteAccount),
}

function createAccount(call: Call, index: bigint): void {
  call.startOutsideViews("promise_batch_action_create_account")
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("create_account", sir)
  call.promises.append(receipt, { type: "create_account" })
}

function deployContract(call: Call, index: bigint, length: bigint, pointer: bigint): void {
  call.startOutsideViews("promise_batch_action_deploy_contract")
  const code = readCode(call, pointer, length)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("deploy_contract_base", sir)
  call.gas.payActionPerByte("deploy_contract_byte", code.length, sir)
  call.promises.append(receipt, { type: "deploy_contract", code })
}

function transfer(call: Call, index: bigint, amountPointer: bigint): void {
  call.startOutsideViews("promise_batch_action_transfer")
  const deposit = call.memory.readU128(amountPointer)
  const { receipt, sir } = receiptToAppendTo(call, index)
  const costs = transferCosts(call.promises.receiver(receipt))
  const burnt = costs.reduce((gas, cost) => gas + sendFee(cost, sir), 0n)
  const promised = costs.reduce((gas, cost) => gas + ACTION_FEES[cost].execution, 0n)
  call.gas.payActionGas("transfer", burnt, promised)
  call.deductBalance(deposit)
  call.promises.append(receipt, { type: "transfer", deposit })
}

function stake(
  call: Call,
  index: bigint,
  amountPointer: bigint,
  keyLength: bigint,
  keyPointer: bigint,
): void {
  call.startOutsideViews("promise_batch_action_stake")
  const amount = call.memory.readU128(amountPointer)
  const key = call.read(keyPointer, keyLength)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("stake", sir)
  call.promises.append(receipt, { type: "stake", stake: amount, publicKey: checkPublicKey(key) })
}

function addFullAccessKey(
  call: Call,
  index: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  nonce: bigint,
): void {
  call.startOutsideViews("promise_batch_action_add_key_with_full_access")
  const key = call.read(keyPointer, keyLength)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("add_full_access_key", sir)
  const publicKey = checkPublicKey(key)
  call.promises.append(receipt, {
    type: "add_key",
    publicKey,
    nonce,
    permission: { kind: "full_access" },
  })
}

function addFunctionCallKey(
  call: Call,
  index: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  nonce: bigint,
  ...restriction: [bigint, bigint, bigint, bigint, bigint]
): void {
  call.startOutsideViews("promise_batch_action_add_key_with_function_call")
  const key = call.read(keyPointer, keyLength)
  const { pay, decode } = readKeyPermission(call, ...restriction)
  const { receipt, sir } = receiptToAppendTo(call, index)
  pay(sir)
  const publicKey = checkPublicKey(key)
  call.promises.append(receipt, { type: "add_key", publicKey, nonce, permission: decode() })
}

function deleteKey(call: Call, index: bigint, keyLength: bigint, keyPointer: bigint): void {
  call.startOutsideViews("promise_batch_action_delete_key")
  const key = call.read(keyPointer, keyLength)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("delete_key", sir)
  call.promises.append(receipt, { type: "delete_key", publicKey: checkPublicKey(key) })
}

function deleteAccount(call: Call, index: bigint, length: bigint, pointer: bigint): void {
  call.startOutsideViews("promise_batch_action_delete_account")
  const beneficiaryId = call.readAccountId(pointer, length)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("delete_account", sir)
  call.promises.append(receipt, { type: "delete_account", beneficiaryId })
}

export function readCode(call: Call, pointer: bigint, length: bigint): Uint8Array {
  const code = call.read(pointer, length)
  const limit = LIMITS.max_contract_size
  if (code.length > limit) {
    const fields = { size: BigInt(code.length), limit: BigInt(limit) }
    throw new HostError("ContractSizeExceeded", fields)
  }
  return code
}
