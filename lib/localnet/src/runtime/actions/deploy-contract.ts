import { codeKey } from "../../state/state-key.ts"
import type { Account } from "../account.ts"
import type { Action } from "../action.ts"
import { sha256 } from "../ids.ts"
import type { ReceiptRun } from "../receipt-run.ts"

export function deployContract(
  run: ReceiptRun,
  account: Account,
  { code }: Action & { type: "deploy_contract" },
): undefined {
  const key = codeKey(run.receipt.receiverId)
  const before = BigInt(run.state.get(key)?.length ?? 0)
  const storageUsage = account.storageUsage - before + BigInt(code.length)
  run.account = { ...account, codeHash: sha256(code), storageUsage }
  run.state.set(key, code)
}
