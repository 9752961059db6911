import { accessKeyRecord } from "../chain/records.ts"
import type { AccessKey, Account } from "../runtime/account.ts"
import { readStateKey } from "../state/state-key.ts"
import type { ChangeCause, StateChange } from "../state/state.ts"
import { base58OfHex, keyToText } from "../transaction/public-key-text.ts"
import { accountView } from "./query.ts"

export interface ChangeView {
  cause: unknown
  type: string
  change: Record<string, unknown> & { account_id: string }
}

/** Of a block, the last of each key and cause; the runtime's own entries are left out. */
export function changeViews(changes: readonly StateChange[]): ChangeView[] {
  const last = new Map<string, StateChange>()
  for (const change of changes) {
    const name = `${change.key} ${JSON.stringify(change.cause)}`
    last.delete(name)
    last.set(name, change)
  }
  return [...last.values()].flatMap((change) => changeView(change) ?? [])
}

function changeView({ key, value, cause }: StateChange): ChangeView | undefined {
  const place = readStateKey(key)
  if (place === undefined) return undefined
  const account_id = place.account
  const view = (type: string, change: object): ChangeView => {
    return { cause: causeView(cause), type, change: { account_id, ...change } }
  }
  const isGone = value === undefined
  switch (place.column) {
    case "account":
      return isGone
        ? view("account_deletion", {})
        : view("account_update", accountView(value as Account))
    case "code":
      return isGone
        ? view("contract_code_deletion", {})
        : view("contract_code_update", { code_base64: base64(value) })
    case "accessKey": {
      const public_key = keyToText(Buffer.from(place.rest, "hex"))
      if (isGone) return view("access_key_deletion", { public_key })
      const access_key = accessKeyRecord(value as AccessKey)
      return view("access_key_update", { public_key, access_key })
    }
    case "data": {
      const key_base64 = Buffer.from(place.rest, "hex").toString("base64")
      if (isGone) return view("data_deletion", { key_base64 })
      return view("data_update", { key_base64, value_base64: base64(value) })
    }
  }
}

function causeView(cause: ChangeCause): unknown {
  if ("tx_hash" in cause) return { ...cause, tx_hash: base58OfHex(cause.tx_hash) }
  if ("receipt_hash" in cause) return { ...cause, receipt_hash: base58OfHex(cause.receipt_hash) }
  return cause
}

const base64 = (value: unknown) => Buffer.from(value as Uint8Array).toString("base64")
