/** A caller that has many receipts wait for one answer: its callback pays each byte for all of them. */
import { near } from "near-sdk-js"
import { readArguments } from "./store.ts"

const REQUEST_GAS = 70_000_000_000_000n
const LISTENER_GAS = 1_000_000_000_000n

export function ask_for_many(): void {
  const { outlayer_id, request, listeners } = readArguments<{
    outlayer_id: string
    request: object
    listeners: number
  }>()
  const args = JSON.stringify(request)
  const deposit = near.attachedDeposit()
  const promise = near.promiseCreate(outlayer_id, "request_execution", args, deposit, REQUEST_GAS)
  for (let count = 0; count < listeners; count += 1) {
    near.promiseThen(promise, near.currentAccountId(), "hear", "", 0, LISTENER_GAS)
  }
}

export function hear(): void {}
