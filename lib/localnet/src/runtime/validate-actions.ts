import { MAX_TOTAL_PREPAID_GAS, parameters } from "../parameters.ts"
import { isAccountId } from "./account-id.ts"
import { type Action, attachedGas, sum } from "./action.ts"

const { limits } = parameters

/** An `ActionsValidationError` as JSON, or undefined. The same rules hold for transactions and new receipts. */
export function actionsError(actions: readonly Action[]): unknown {
  if (actions.length > limits.max_actions_per_receipt) {
    const count = actions.length
    const limit = limits.max_actions_per_receipt
    return { TotalNumberOfActionsExceeded: { total_number_of_actions: count, limit } }
  }
  const deletion = actions.findIndex((action) => action.type === "delete_account")
  if (deletion !== -1 && deletion !== actions.length - 1) return "DeleteActionMustBeFinal"
  if (actions.filter((action) => action.type === "delegate").length > 1) {
    return "DelegateActionMustBeOnlyOne"
  }
  for (const action of actions) {
    const error = actionError(action)
    if (error !== undefined) return error
  }
  const gas = sum(actions.map(attachedGas))
  if (gas > MAX_TOTAL_PREPAID_GAS) {
    const facts = { total_prepaid_gas: Number(gas), limit: Number(MAX_TOTAL_PREPAID_GAS) }
    return { TotalPrepaidGasExceeded: facts }
  }
  return undefined
}

function actionError(action: Action): unknown {
  switch (action.type) {
    case "deploy_contract":
      if (action.code.length <= limits.max_contract_size) return undefined
      return { ContractSizeExceeded: { size: action.code.length, limit: limits.max_contract_size } }
    case "function_call": {
      if (action.gas === 0n) return "FunctionCallZeroAttachedGas"
      const nameLength = Buffer.byteLength(action.methodName)
      if (nameLength > limits.max_length_method_name) {
        const facts = { length: nameLength, limit: limits.max_length_method_name }
        return { FunctionCallMethodNameLengthExceeded: facts }
      }
      if (action.args.length <= limits.max_arguments_length) return undefined
      const facts = { length: action.args.length, limit: limits.max_arguments_length }
      return { FunctionCallArgumentsLengthExceeded: facts }
    }
    case "add_key":
      return keyError(action)
    case "delegate":
      return actionsError(action.actions)
    case "delete_account":
      return isAccountId(action.beneficiaryId)
        ? undefined
        : { InvalidAccountId: { account_id: action.beneficiaryId } }
    case "create_account":
    case "transfer":
    case "stake":
    case "delete_key":
      return undefined
  }
}

function keyError({ accessKey }: Action & { type: "add_key" }): unknown {
  const { permission } = accessKey
  if (permission.kind === "full_access") return undefined
  if (!isAccountId(permission.receiverId)) {
    return { InvalidAccountId: { account_id: permission.receiverId } }
  }
  let total = 0
  for (const name of permission.methodNames) {
    const length = Buffer.byteLength(name)
    if (length > limits.max_length_method_name) {
      const facts = { length, limit: limits.max_length_method_name }
      return { AddKeyMethodNameLengthExceeded: facts }
    }
    total += length + 1 // a byte ends each name
  }
  if (total <= limits.max_number_bytes_method_names) return undefined
  const facts = { total_number_of_bytes: total, limit: limits.max_number_bytes_method_names }
  return { AddKeyMethodNamesNumberOfBytesExceeded: facts }
}
