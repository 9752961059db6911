/** What access conditions ask, and judge: one contract that is a token, a collection, a DAO, a proxy, or all. */
import { near } from "near-sdk-js"
import { createDao, type DaoOptions } from "./dao.ts"
import { createToken, type TokenOptions } from "./ft.ts"
import { createCollection } from "./nft.ts"
import { readArguments } from "./store.ts"

interface Options {
  ft?: TokenOptions
  nft?: { owner_id: string }
  dao?: DaoOptions
}

function create(): void {
  if (near.storageHasKey("STATE")) throw new Error("The contract has already been initialized")
  near.storageWrite("STATE", "initialized")
  const { ft, nft, dao } = readArguments<Options>()
  if (ft) createToken(ft)
  if (nft) createCollection(nft)
  if (dao) createDao(dao)
}

export { create as new }
export { forward, forward_and_vanish } from "./proxy.ts"
export { ask_for_many, hear } from "./crowd.ts"
export { add_member_to_role, get_config, get_policy, remove_member_from_role } from "./dao.ts"
export { ft_balance_of, ft_metadata, ft_total_supply, ft_transfer, storage_deposit } from "./ft.ts"
export {
  nft_metadata,
  nft_mint,
  nft_supply_for_owner,
  nft_token,
  nft_tokens_for_owner,
  nft_transfer,
} from "./nft.ts"
