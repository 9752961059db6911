import { codeKey } from "../../state/state-key.ts"
import type { CallContext, CallOutcome } from "../../vm/vm.ts"
import type { Account } from "../account.ts"
import type { FunctionCall } from "../action.ts"
import { callErrorView, noCodeError } from "../call-error.ts"
import { contractWorld } from "../contract-world.ts"
import { distributeGas } from "../gas-weights.ts"
import { actionHash, sha256 } from "../ids.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"
import { runContract } from "../run-contract.ts"
import { adoptDrafts } from "./adopt-drafts.ts"

export function callFunction(
  run: ReceiptRun,
  account: Account,
  action: FunctionCall,
  place: { index: number; isLast: boolean },
): ActionFailure {
  const { receipt, block, state } = run
  const accountId = receipt.receiverId
  const code = state.get(codeKey(accountId))
  if (account.codeHash === undefined || code === undefined) {
    return { FunctionCallError: noCodeError(accountId) }
  }
  const origin = actionHash(receipt.id, block.height, place.index)
  const context = callContext(run, account, action, { origin, ...place })
  const world = contractWorld(state, accountId, block, origin)
  const outcome = runContract(code, account.codeHash, action.methodName, context, world)
  countGas(run, outcome)
  run.logs.push(...outcome.logs)
  if (outcome.error !== undefined) return { FunctionCallError: callErrorView(outcome.error) }
  run.gasUsed += distributeGas(outcome.receipts, action.gas - outcome.usedGas)
  const { balance: amount, storageUsage } = outcome
  run.account = { ...account, amount, storageUsage }
  run.subsidized += outcome.subsidized
  return adoptDrafts(run, outcome)
}

function callContext(
  { receipt, block, promiseResults }: ReceiptRun,
  account: Account,
  action: FunctionCall,
  { origin, isLast }: { origin: string; isLast: boolean },
): CallContext {
  const { codeHash } = account
  return {
    currentAccountId: receipt.receiverId,
    signerAccountId: receipt.signerId,
    signerPublicKey: receipt.signerPublicKey,
    predecessorAccountId: receipt.predecessorId,
    refundToAccountId: receipt.refundTo ?? receipt.predecessorId,
    input: action.args,
    promiseResults,
    blockHeight: BigInt(block.height),
    blockTimestamp: block.timestamp,
    epochHeight: BigInt(block.epochHeight),
    accountBalance: account.amount,
    accountLockedBalance: account.locked,
    attachedDeposit: action.deposit,
    storageUsage: account.storageUsage,
    prepaidGas: action.gas,
    randomSeed: sha256(Buffer.from(origin, "hex"), block.randomValue),
    isView: false,
    accountContract: codeHash === undefined ? { kind: "none" } : { kind: "local", codeHash },
    outputDataReceivers: isLast ? receipt.outputDataReceivers.map((to) => to.receiverId) : [],
    chainId: block.chainId,
  }
}

function countGas(
  run: ReceiptRun,
  { burntGas, usedGas, computeUsage, profile }: CallOutcome,
): void {
  run.gasBurnt += burntGas
  run.gasBurntByCalls += burntGas
  run.gasUsed += usedGas
  run.extraCompute += computeUsage - burntGas
  const add = (category: string, cost: string, gas: bigint) => {
    const name = `${category}:${cost.toUpperCase()}`
    run.profile.set(name, (run.profile.get(name) ?? 0n) + gas)
  }
  for (const [cost, gas] of Object.entries(profile.actions)) add("ACTION_COST", cost, gas)
  for (const [cost, gas] of Object.entries(profile.ext)) add("WASM_HOST_COST", cost, gas)
  if (profile.wasm > 0n) add("WASM_HOST_COST", "wasm_instruction", profile.wasm)
}
