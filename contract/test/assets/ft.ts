/** A fungible token (NEP-141, NEP-145, NEP-148). */
import { near } from "near-sdk-js"
import { answer, readArguments, requireOneYocto, storeOf } from "./store.ts"

interface Token {
  supply: string
  balances: Record<string, string>
}

const METADATA = { spec: "ft-1.0.0", name: "Test token", symbol: "TEST", decimals: 6 }

const store = storeOf<Token>("ft")

export interface TokenOptions {
  owner_id: string
  total_supply: string
}

export function createToken({ owner_id, total_supply }: TokenOptions): void {
  store.save({ supply: total_supply, balances: { [owner_id]: total_supply } })
}

export function ft_transfer(): void {
  requireOneYocto()
  const { receiver_id, amount } = readArguments<{ receiver_id: string; amount: string }>()
  const token = store.load()
  const sender = near.predecessorAccountId()
  const [from, to] = [token.balances[sender], token.balances[receiver_id]]
  if (from === undefined) throw new Error(`The account ${sender} is not registered`)
  if (to === undefined) throw new Error(`The account ${receiver_id} is not registered`)
  if (sender === receiver_id) throw new Error("Sender and receiver should be different")
  if (BigInt(amount) <= 0n || BigInt(from) < BigInt(amount)) {
    throw new Error("The account doesn't have enough balance")
  }
  token.balances[sender] = String(BigInt(from) - BigInt(amount))
  token.balances[receiver_id] = String(BigInt(to) + BigInt(amount))
  store.save(token)
}

/** Takes no deposit: whoever runs the test pays for the storage. */
export function storage_deposit(): void {
  const { account_id = near.predecessorAccountId() } = readArguments<{ account_id?: string }>()
  const token = store.load()
  token.balances[account_id] = token.balances[account_id] ?? "0"
  store.save(token)
  answer({ total: "0", available: "0" })
}

export function ft_balance_of(): void {
  const { account_id } = readArguments<{ account_id: string }>()
  answer(store.load().balances[account_id] ?? "0")
}

export function ft_total_supply(): void {
  answer(store.load().supply)
}

export function ft_metadata(): void {
  answer(METADATA)
}
