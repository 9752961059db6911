import { z } from "zod"
import { base58OfHex } from "../transaction/public-key-text.ts"
import { blockOf, BlockReference } from "./block-reference.ts"
import type { Method } from "./method.ts"
import { changeViews, type ChangeView } from "./state-change-views.ts"

const account_ids = z.array(z.string())
const Wanted = z.discriminatedUnion("changes_type", [
  z.object({ changes_type: z.literal("account_changes"), account_ids }),
  z.object({ changes_type: z.literal("all_access_key_changes"), account_ids }),
  z.object({
    changes_type: z.literal("single_access_key_changes"),
    keys: z.array(z.object({ account_id: z.string(), public_key: z.string() })),
  }),
  z.object({ changes_type: z.literal("contract_code_changes"), account_ids }),
  z.object({ changes_type: z.literal("data_changes"), account_ids, key_prefix_base64: z.base64() }),
])
type Wanted = z.infer<typeof Wanted>

export const changes: Method = ({ chain }, params) => {
  const wanted = Wanted.parse(params)
  const block = blockOf(chain, BlockReference.parse(params))
  const found = changeViews(block.changes).filter((change) => isWanted(change, wanted))
  return { block_hash: base58OfHex(block.hash), changes: found }
}

const TOUCHED = {
  account: "account_touched",
  access_key: "access_key_touched",
  data: "data_touched",
  contract_code: "contract_code_touched",
}

export const changesInBlock: Method = ({ chain }, params) => {
  const block = blockOf(chain, BlockReference.parse(params))
  const touched = new Map<string, { type: string; account_id: string }>()
  for (const { type, change } of changeViews(block.changes)) {
    const kind = type.replace(/_(update|deletion)$/, "") as keyof typeof TOUCHED
    const { account_id } = change
    touched.set(`${kind} ${account_id}`, { type: TOUCHED[kind], account_id })
  }
  return { block_hash: base58OfHex(block.hash), changes: [...touched.values()] }
}

function isWanted({ type, change }: ChangeView, wanted: Wanted): boolean {
  switch (wanted.changes_type) {
    case "account_changes":
      return type.startsWith("account_") && wanted.account_ids.includes(change.account_id)
    case "all_access_key_changes":
      return type.startsWith("access_key_") && wanted.account_ids.includes(change.account_id)
    case "single_access_key_changes":
      return (
        type.startsWith("access_key_") &&
        wanted.keys.some(
          (key) => key.account_id === change.account_id && key.public_key === change["public_key"],
        )
      )
    case "contract_code_changes":
      return type.startsWith("contract_code_") && wanted.account_ids.includes(change.account_id)
    case "data_changes": {
      const prefix = Buffer.from(wanted.key_prefix_base64, "base64").toString("hex")
      const key = change["key_base64"]
      const isData = type.startsWith("data_") && typeof key === "string"
      if (!isData || !Buffer.from(key, "base64").toString("hex").startsWith(prefix)) return false
      return wanted.account_ids.includes(change.account_id)
    }
  }
}
