import type { AccessKey } from "./account.ts"

/** Public keys are borsh bytes. What this chain lacks (global contracts, gas keys, state init) is refused at the door. */
export type PlainAction =
  | { type: "create_account" }
  | { type: "deploy_contract"; code: Uint8Array }
  | FunctionCall
  | { type: "transfer"; deposit: bigint }
  | { type: "stake"; stake: bigint; publicKey: Uint8Array }
  | { type: "add_key"; publicKey: Uint8Array; accessKey: AccessKey }
  | { type: "delete_key"; publicKey: Uint8Array }
  | { type: "delete_account"; beneficiaryId: string }

export type Action = PlainAction | SignedDelegate

export interface FunctionCall {
  type: "function_call"
  methodName: string
  args: Uint8Array
  gas: bigint
  deposit: bigint
}

/** NEP-366: actions that one account signs and another sends and pays for. */
export interface SignedDelegate {
  type: "delegate"
  senderId: string
  receiverId: string
  actions: PlainAction[]
  nonce: bigint
  maxBlockHeight: bigint
  publicKey: Uint8Array
  signature: Uint8Array
  /** SHA-256 of what was signed. */
  hash: Uint8Array
}

function depositOf(action: Action): bigint {
  return action.type === "function_call" || action.type === "transfer" ? action.deposit : 0n
}

/** Gas that goes along with function calls, those inside of a delegate action too. */
export function attachedGas(action: Action): bigint {
  if (action.type === "delegate") return sum(action.actions.map(attachedGas))
  return action.type === "function_call" ? action.gas : 0n
}

export function totalDeposit(actions: readonly Action[]): bigint {
  return sum(actions.flatMap((a) => (a.type === "delegate" ? a.actions : [a])).map(depositOf))
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
