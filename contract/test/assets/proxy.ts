/** A contract in between: what it calls sees its account, not who signed. */
import { near } from "near-sdk-js"
import { readArguments } from "./store.ts"

interface Forward {
  receiver_id: string
  method: string
  args: unknown
}

const GAS = 150_000_000_000_000n

/** Passes a call and its deposit on, and answers what comes back. */
export function forward(): void {
  near.promiseReturn(send())
}

/** The same; and in the block in which the receiver is called, this account is deleted. */
export function forward_and_vanish(): void {
  const { beneficiary_id } = readArguments<{ beneficiary_id: string }>()
  near.promiseReturn(send())
  const end = near.promiseBatchCreate(near.currentAccountId())
  near.promiseBatchActionDeleteAccount(end, beneficiary_id)
}

function send() {
  const { receiver_id, method, args } = readArguments<Forward>()
  const deposit = near.attachedDeposit()
  return near.promiseCreate(receiver_id, method, JSON.stringify(args), deposit, GAS)
}
