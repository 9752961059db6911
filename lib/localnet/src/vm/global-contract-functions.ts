import { readCode } from "./action-functions.ts"
import type { Call } from "./call.ts"
import { receiptToAppendTo } from "./function-call-action.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, returnsI64, takes } from "./host-function.ts"
import type { GlobalContract } from "./receipt-draft.ts"

const HASH_BYTES = 32

export const globalContractFunctions: HostFunctions = {
  promise_batch_action_deploy_global_contract: takes(
    3,
    deploy("promise_batch_action_deploy_global_contract", "code_hash"),
  ),
  promise_batch_action_deploy_global_contract_by_account_id: takes(
    3,
    deploy("promise_batch_action_deploy_global_contract_by_account_id", "account_id"),
  ),
  promise_batch_action_use_global_contract: takes(
    3,
    use("promise_batch_action_use_global_contract", readByCodeHash),
  ),
  promise_batch_action_use_global_contract_by_account_id: takes(
    3,
    use("promise_batch_action_use_global_contract_by_account_id", readByAccountId),
  ),
  promise_batch_action_state_init: returnsI64(
    4,
    stateInit("promise_batch_action_state_init", readByCodeHash),
  ),
  promise_batch_action_state_init_by_account_id: returnsI64(
    4,
    stateInit("promise_batch_action_state_init_by_account_id", readByAccountId),
  ),
  set_state_init_data_entry: takes(6, setStateInitDataEntry),
}

type ReadContract = (call: Call, pointer: bigint, length: bigint) => GlobalContract

function deploy(name: string, by: "code_hash" | "account_id") {
  return (call: Call, index: bigint, length: bigint, pointer: bigint): void => {
    call.startOutsideViews(name)
    const code = readCode(call, pointer, length)
    const { receipt, sir } = receiptToAppendTo(call, index)
    call.gas.payAction("deploy_global_contract_base", sir)
    call.gas.payActionPerByte("deploy_global_contract_byte", code.length, sir)
    call.promises.append(receipt, { type: "deploy_global_contract", code, by })
  }
}

function use(name: string, readContract: ReadContract) {
  return (call: Call, index: bigint, length: bigint, pointer: bigint): void => {
    call.startOutsideViews(name)
    const contract = readContract(call, pointer, length)
    const { receipt, sir } = receiptToAppendTo(call, index)
    call.gas.payAction("use_global_contract_base", sir)
    const bytes = "codeHash" in contract ? HASH_BYTES : contract.accountId.length
    call.gas.payActionPerByte("use_global_contract_byte", bytes, sir)
    call.promises.append(receipt, { type: "use_global_contract", contract })
  }
}

/** Returns the action's index in its receipt, for `set_state_init_data_entry`. */
function stateInit(name: string, readContract: ReadContract) {
  return (
    call: Call,
    index: bigint,
    length: bigint,
    pointer: bigint,
    amountPointer: bigint,
  ): bigint => {
    call.startOutsideViews(name)
    const contract = readContract(call, pointer, length)
    const deposit = call.memory.readU128(amountPointer)
    const { receipt, sir } = receiptToAppendTo(call, index)
    call.gas.payAction("deterministic_state_init_base", sir)
    call.deductBalance(deposit)
    const type = "deterministic_state_init"
    return BigInt(call.promises.append(receipt, { type, contract, data: [], deposit }))
  }
}

function setStateInitDataEntry(
  call: Call,
  index: bigint,
  actionIndex: bigint,
  keyLength: bigint,
  keyPointer: bigint,
  valueLength: bigint,
  valuePointer: bigint,
): void {
  call.startOutsideViews("set_state_init_data_entry")
  const { receipt, sir } = receiptToAppendTo(call, index)
  const key = call.read(keyPointer, keyLength)
  const value = call.read(valuePointer, valueLength)
  call.gas.payAction("deterministic_state_init_entry", sir)
  call.gas.payActionPerByte("deterministic_state_init_byte", key.length + value.length, sir)

  const action = call.promises.action(receipt, actionIndex)
  if (action?.type !== "deterministic_state_init") {
    const fields = { receipt_index: BigInt(receipt), action_index: actionIndex }
    throw new HostError("InvalidActionIndex", fields)
  }
  if (action.data.some((entry) => Buffer.compare(entry.key, key) === 0)) {
    throw new HostError("DataEntryAlreadyExists")
  }
  action.data.push({ key, value })
}

function readByCodeHash(call: Call, pointer: bigint, length: bigint): GlobalContract {
  const codeHash = call.read(pointer, length)
  if (codeHash.length !== HASH_BYTES) throw new HostError("ContractCodeHashMalformed")
  return { codeHash }
}

function readByAccountId(call: Call, pointer: bigint, length: bigint): GlobalContract {
  return { accountId: call.readAccountId(pointer, length) }
}
