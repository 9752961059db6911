import { codeKey } from "../state/state-key.ts"
import { State } from "../state/state.ts"
import type { Trie } from "../state/trie.ts"
import type { CallContext, CallError, CallOutcome } from "../vm/vm.ts"
import type { Account } from "./account.ts"
import type { BlockContext } from "./block-context.ts"
import { contractWorld } from "./contract-world.ts"
import { runContract } from "./run-contract.ts"

export interface ViewCall {
  accountId: string
  account: Account
  methodName: string
  args: Uint8Array
}

/** Nothing that it does stays. `block.randomValue` is its random seed: the state root. */
export function viewFunction(
  root: Trie,
  call: ViewCall,
  block: BlockContext,
): CallOutcome | CallError {
  const { accountId, account, methodName } = call
  const state = new State(root)
  const code = state.get(codeKey(accountId))
  if (account.codeHash === undefined || code === undefined) return noCode(accountId)
  const world = contractWorld(state, accountId, block, "00".repeat(32))
  return runContract(code, account.codeHash, methodName, viewContext(call, block), world)
}

function noCode(accountId: string): CallError {
  const debug = `CompilationError(CodeDoesNotExist { account_id: "${accountId}" })`
  return { kind: "CompilationError", name: "CodeDoesNotExist", message: debug, debug }
}

function viewContext({ accountId, account, args }: ViewCall, block: BlockContext): CallContext {
  const { codeHash } = account
  return {
    currentAccountId: accountId,
    signerAccountId: accountId,
    signerPublicKey: new Uint8Array(33),
    predecessorAccountId: accountId,
    refundToAccountId: accountId,
    input: args,
    promiseResults: [],
    blockHeight: BigInt(block.height),
    blockTimestamp: block.timestamp,
    epochHeight: BigInt(block.epochHeight),
    accountBalance: account.amount,
    accountLockedBalance: account.locked,
    attachedDeposit: 0n,
    storageUsage: account.storageUsage,
    prepaidGas: 0n,
    randomSeed: block.randomValue,
    isView: true,
    accountContract: codeHash === undefined ? { kind: "none" } : { kind: "local", codeHash },
    outputDataReceivers: [],
    chainId: block.chainId,
  }
}
