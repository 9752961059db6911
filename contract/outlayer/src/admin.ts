/** What only the owner may do. */
import { isAbsent, readAccountId, readAmount, readFields, readFlag } from "./arguments.ts"
import type { Host } from "./host.ts"
import { forgetKeystoreKeys } from "./keystore-keys.ts"
import { pay } from "./payout.ts"
import { freeBalance } from "./stake.ts"
import type { State } from "./state.ts"

/** The root state stays small. */
const MAX_OPERATORS = 16

export function requireOwner(state: State, host: Host): void {
  if (host.predecessor() !== state.owner) throw new Error("Only owner can call this method")
}

export function setOwner(state: State, args: unknown): void {
  state.owner = readOnlyAccount(args, "new_owner_id")
}

/** Replaces all operators by one. */
export function setOperator(state: State, args: unknown): void {
  state.operators = [readOnlyAccount(args, "new_operator_id")]
}

export function addOperator(state: State, args: unknown): void {
  const id = readOnlyAccount(args, "operator_id")
  if (state.operators.includes(id)) return
  if (state.operators.length >= MAX_OPERATORS) {
    throw new Error(`There are ${MAX_OPERATORS} operators already`)
  }
  state.operators.push(id)
}

export function removeOperator(state: State, args: unknown): void {
  const id = readOnlyAccount(args, "operator_id")
  if (!state.operators.includes(id)) throw new Error(`${id} is no operator`)
  if (state.operators.length === 1) throw new Error("The last operator cannot be removed")
  state.operators = state.operators.filter((operator) => operator !== id)
}

export function setKeystoreAccount(state: State, host: Host, args: unknown): void {
  const account = readOnlyAccount(args, "keystore_account_id")
  if (account !== state.keystore) forgetKeystoreKeys(host)
  state.keystore = account
}

export function setRegisterContract(state: State, args: unknown): void {
  state.register = readOnlyAccount(args, "register_contract_id")
}

export function setPaused(state: State, args: unknown): void {
  state.paused = readFlag(readFields(args, "arguments", ["paused"])["paused"], "paused")
}

/** Requests that are open keep the prices that they were made at. */
export function setPricing(state: State, args: unknown): void {
  const fields = readFields(args, "arguments", [
    "base_fee",
    "per_million_instructions_fee",
    "per_instruction_fee",
    "per_ms_fee",
    "per_compile_ms_fee",
  ])
  const instructions = isAbsent(fields["per_million_instructions_fee"])
    ? "per_instruction_fee"
    : "per_million_instructions_fee"
  const read = (name: string, current: bigint) =>
    isAbsent(fields[name]) ? current : readAmount(fields[name], name)
  state.prices = {
    base: read("base_fee", state.prices.base),
    perMillionInstructions: read(instructions, state.prices.perMillionInstructions),
    perMs: read("per_ms_fee", state.prices.perMs),
    perCompileMs: read("per_compile_ms_fee", state.prices.perCompileMs),
  }
}

/** Pays out fees, and returns how much. Without an amount: all that is free. */
export function withdrawFees(state: State, host: Host, args: unknown): string {
  const fields = readFields(args, "arguments", ["amount", "receiver_id"])
  const given = fields["receiver_id"]
  const receiver = isAbsent(given) ? state.owner : readAccountId(given, "receiver_id")
  const free = freeFees(state, host)
  const amount = isAbsent(fields["amount"]) ? free : readAmount(fields["amount"], "amount")
  if (amount > free) {
    throw new Error(`Only ${free} yoctoNEAR of fees can be withdrawn, not ${amount}`)
  }
  state.feesWithdrawn += amount
  pay(host, receiver, amount, null)
  return String(amount)
}

/** What was earned and is neither withdrawn nor staked, least of all somebody else's. */
export function freeFees(state: State, host: Host): bigint {
  const earned = state.feesCharged - state.feesWithdrawn
  const unowed = freeBalance(state, host)
  const free = unowed < earned ? unowed : earned
  return free > 0n ? free : 0n
}

function readOnlyAccount(args: unknown, name: string): string {
  return readAccountId(readFields(args, "arguments", [name])[name], name)
}
