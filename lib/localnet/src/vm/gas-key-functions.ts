import type { Call } from "./call.ts"
import { receiptToAppendTo } from "./function-call-action.ts"
import { type HostFunctions, takes } from "./host-function.ts"
import { readKeyPermission } from "./key-permission.ts"
import { ACTION_FEES, sendFee } from "./parameters.ts"
import { checkPublicKey } from "./public-key.ts"

/** Gas keys are paid by the bytes that they take in the state. */
export const gasKeyFunctions: HostFunctions = {
  promise_batch_action_transfer_to_gas_key: takes(4, transferToGasKey),
  promise_batch_action_add_gas_key_with_full_access: takes(4, addFullAccessGasKey),
  promise_batch_action_add_gas_key_with_function_call: takes(9, addFunctionCallGasKey),
}

/** State key of an access key beside account and key: a column and a separator. */
const KEY_OVERHEAD_BYTES = 2
/** Nonce, permission's tag, balance and number of nonces. */
const GAS_KEY_BYTES = 8 + 1 + 16 + 2
/** Balance and number of nonces: what a gas key sends beyond an access key. */
const GAS_KEY_INFO_BYTES = 16 + 2
/** A nonce's index in its state key, and the nonce. */
const NONCE_BYTES = 2 + 8

function transferToGasKey(
  call: Call,
  index: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  amountPointer: bigint,
): void {
  call.startOutsideViews("promise_batch_action_transfer_to_gas_key")
  const key = call.read(keyPointer, keyLength)
  const deposit = call.memory.readU128(amountPointer)
  const { receipt, sir } = receiptToAppendTo(call, index)
  const accountBytes = call.promises.receiver(receipt).length
  const recordBytes = accountBytes + KEY_OVERHEAD_BYTES + GAS_KEY_BYTES
  call.gas.payActionGas(
    "gas_key_transfer_base",
    sendFee("gas_key_transfer_base", sir),
    ACTION_FEES.gas_key_transfer_base.execution + executionOfBytes(recordBytes),
  )
  const publicKey = checkPublicKey(key)
  call.gas.payActionPerByte("gas_key_byte", publicKey.length, sir)
  call.deductBalance(deposit)
  call.promises.append(receipt, { type: "transfer_to_gas_key", publicKey, deposit })
}

function addFullAccessGasKey(
  call: Call,
  index: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  nonces: bigint,
): void {
  call.startOutsideViews("promise_batch_action_add_gas_key_with_full_access")
  const key = call.read(keyPointer, keyLength)
  const { receipt, sir } = receiptToAppendTo(call, index)
  call.gas.payAction("add_full_access_key", sir)
  const publicKey = checkPublicKey(key)
  payForNonces(call, receipt, publicKey, nonces, sir)
  call.promises.append(receipt, {
    type: "add_gas_key",
    publicKey,
    nonces: Number(nonces),
    permission: { kind: "full_access" },
  })
}

function addFunctionCallGasKey(
  call: Call,
  index: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  nonces: bigint,
  ...restriction: [bigint, bigint, bigint, bigint, bigint]
): void {
  call.startOutsideViews("promise_batch_action_add_gas_key_with_function_call")
  const key = call.read(keyPointer, keyLength)
  const { pay, decode } = readKeyPermission(call, ...restriction)
  const { receipt, sir } = receiptToAppendTo(call, index)
  pay(sir)
  const publicKey = checkPublicKey(key)
  payForNonces(call, receipt, publicKey, nonces, sir)
  call.promises.append(receipt, {
    type: "add_gas_key",
    publicKey,
    nonces: Number(nonces),
    permission: decode(),
  })
}

/** The key is valid by now: each nonce's record has its bytes. */
function payForNonces(
  call: Call,
  receipt: number,
  key: Uint8Array,
  nonces: bigint,
  sir: boolean,
): void {
  const accountBytes = call.promises.receiver(receipt).length
  const recordBytes = accountBytes + key.length + KEY_OVERHEAD_BYTES + NONCE_BYTES
  const perNonce = ACTION_FEES.gas_key_nonce_write_base.execution + executionOfBytes(recordBytes)
  call.gas.payActionGas(
    "gas_key_byte",
    sendFee("gas_key_byte", sir) * BigInt(GAS_KEY_INFO_BYTES),
    perNonce * nonces,
  )
}

function executionOfBytes(bytes: number): bigint {
  return ACTION_FEES.gas_key_byte.execution * BigInt(bytes)
}
