/** Tokens that are not fungible (NEP-171, NEP-177, NEP-181). */
import { near } from "near-sdk-js"
import { answer, readArguments, requireCaller, requireOneYocto, storeOf } from "./store.ts"

interface Collection {
  minter: string
  /** In the order of minting. */
  owners: Record<string, string>
}

const METADATA = { spec: "nft-1.0.0", name: "Test collection", symbol: "TESTS" }

const store = storeOf<Collection>("nft")

export function createCollection({ owner_id }: { owner_id: string }): void {
  store.save({ minter: owner_id, owners: {} })
}

export function nft_mint(): void {
  const { token_id, token_owner_id } = readArguments<{ token_id: string; token_owner_id: string }>()
  const collection = store.load()
  requireCaller(collection.minter)
  if (collection.owners[token_id] !== undefined) throw new Error(`${token_id} has been minted`)
  collection.owners[token_id] = token_owner_id
  store.save(collection)
  answer({ token_id, owner_id: token_owner_id })
}

export function nft_transfer(): void {
  requireOneYocto()
  const { receiver_id, token_id } = readArguments<{ receiver_id: string; token_id: string }>()
  const collection = store.load()
  const owner = collection.owners[token_id]
  if (owner === undefined) throw new Error(`There is no token ${token_id}`)
  requireCaller(owner)
  if (receiver_id === near.predecessorAccountId()) {
    throw new Error("Current and next owner must differ")
  }
  collection.owners[token_id] = receiver_id
  store.save(collection)
}

export function nft_token(): void {
  const { token_id } = readArguments<{ token_id: string }>()
  const owner_id = store.load().owners[token_id]
  answer(owner_id === undefined ? null : { token_id, owner_id })
}

export function nft_supply_for_owner(): void {
  const { account_id } = readArguments<{ account_id: string }>()
  answer(String(tokensOf(account_id).length))
}

export function nft_tokens_for_owner(): void {
  const { account_id, from_index, limit } = readArguments<{
    account_id: string
    from_index?: string
    limit?: number
  }>()
  const from = Number(from_index ?? 0)
  const page = tokensOf(account_id).slice(from, from + (limit ?? 50))
  answer(page.map((token_id) => ({ token_id, owner_id: account_id })))
}

export function nft_metadata(): void {
  answer(METADATA)
}

function tokensOf(account: string): string[] {
  const { owners } = store.load()
  return Object.keys(owners).filter((token) => owners[token] === account)
}
