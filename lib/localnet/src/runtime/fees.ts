import { parameters } from "../parameters.ts"
import { transferCosts } from "../vm/account-id.ts"
import { type Action, sum } from "./action.ts"

/** When a fee is due: sent to oneself, sent to another, carried out. */
type Moment = "send_sir" | "send_not_sir" | "execution"
type ActionCost = keyof typeof parameters.actions

export function sendFees(actions: readonly Action[], senderId: string, receiverId: string): bigint {
  const moment = senderId === receiverId ? "send_sir" : "send_not_sir"
  return sum(actions.map((action) => fee(action, moment, receiverId)))
}

/** For all actions; a delegate's inner ones are paid when their own receipt runs. */
export function executionFees(actions: readonly Action[], receiverId: string): bigint {
  return sum(actions.map((action) => fee(action, "execution", receiverId)))
}

export function executionFee(action: Action, receiverId: string): bigint {
  return fee(action, "execution", receiverId)
}

export function receiptFee(moment: Moment): bigint {
  return cost("new_action_receipt", moment)
}

/** Bought up front for what delegate actions will send, and for their receipts. */
export function prepaidForDelegates(actions: readonly Action[]): {
  send: bigint
  execution: bigint
} {
  let send = 0n
  let execution = 0n
  for (const action of actions) {
    if (action.type !== "delegate") continue
    const moment = action.senderId === action.receiverId ? "send_sir" : "send_not_sir"
    send += receiptFee(moment) + sendFees(action.actions, action.senderId, action.receiverId)
    execution += receiptFee("execution") + executionFees(action.actions, action.receiverId)
  }
  return { send, execution }
}

function fee(action: Action, moment: Moment, receiverId: string): bigint {
  switch (action.type) {
    case "create_account":
      return cost("create_account", moment)
    case "deploy_contract":
      return (
        cost("deploy_contract_base", moment) +
        perByte("deploy_contract_byte", moment, action.code.length)
      )
    case "function_call": {
      const bytes = Buffer.byteLength(action.methodName) + action.args.length
      return cost("function_call_base", moment) + perByte("function_call_byte", moment, bytes)
    }
    case "transfer":
      return sum(transferCosts(receiverId).map((name) => cost(name, moment)))
    case "stake":
      return cost("stake", moment)
    case "add_key": {
      const { permission } = action.accessKey
      if (permission.kind === "full_access") return cost("add_full_access_key", moment)
      // Each name counts with a byte that ends it.
      const bytes = permission.methodNames.reduce((n, name) => n + Buffer.byteLength(name) + 1, 0)
      return (
        cost("add_function_call_key_base", moment) +
        perByte("add_function_call_key_byte", moment, bytes)
      )
    }
    case "delete_key":
      return cost("delete_key", moment)
    case "delete_account":
      return cost("delete_account", moment)
    case "delegate":
      return cost("delegate", moment)
  }
}

function perByte(name: ActionCost, moment: Moment, bytes: number): bigint {
  return cost(name, moment) * BigInt(bytes)
}

function cost(name: ActionCost, moment: Moment): bigint {
  return BigInt(parameters.actions[name][moment])
}
