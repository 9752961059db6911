import type { Account } from "near-api-js"
import { InvalidNonceError } from "near-api-js/rpc-errors"

const ATTEMPTS = 10

/**
 * Of several transactions that are under way for one key, near-api-js can give two the same nonce: it
 * repeats what the chain refuses at the door, not what a block refuses. Neither was executed.
 */
export async function send(
  from: Account,
  transaction: Parameters<Account["signAndSendTransaction"]>[0],
  attempts = ATTEMPTS,
): Promise<unknown> {
  try {
    return await from.signAndSendTransaction(transaction)
  } catch (error) {
    if (!(error instanceof InvalidNonceError) || attempts === 1) throw error
    return send(from, transaction, attempts - 1)
  }
}
