/** A stake is taken: at once by proof, after a week on the owner's word. What is taken stays here, for gas. */
import { loadAccount, slashable } from "./accounts.ts"
import { isAbsent, readAccountId, readAmount, readArguments, readText } from "./arguments.ts"
import { openClaim } from "./claims.ts"
import { logEvent } from "./events.ts"
import { readProof } from "./evidence.ts"
import type { Host } from "./host.ts"
import { dropKey, findKey } from "./keys.ts"
import { retireKeys } from "./retire.ts"
import { takeStake } from "./stake.ts"
import type { State } from "./state.ts"

const MAX_REASON = 512

/** `{worker, proof, amount?}` by anybody, or `{worker, amount, reason}` by the owner. */
export function slash(state: State, host: Host, args: unknown) {
  const fields = readArguments(args, ["worker", "amount", "reason", "proof"])
  const worker = readAccountId(fields["worker"], "worker")
  if (isAbsent(fields["proof"])) {
    const amount = readAmount(fields["amount"], "amount")
    const reason = readText(fields["reason"], "reason", MAX_REASON)
    return { claim_id: openClaim(state, host, worker, amount, reason) }
  }
  if (!isAbsent(fields["reason"])) throw new Error("A proof needs no reason: leave it out")
  const given = isAbsent(fields["amount"]) ? undefined : readAmount(fields["amount"], "amount")
  const taken = slashByProof(state, host, worker, fields["proof"], given)
  return { taken: String(taken) }
}

/**
 * All of it, or a worker would report itself for a yocto; the owner alone may ask for less. The key
 * goes with its record: one proof takes once.
 */
function slashByProof(
  state: State,
  host: Host,
  worker: string,
  proof: unknown,
  given: bigint | undefined,
): bigint {
  const { kind, publicKey, record, requestId } = readProof(state, host, proof)
  if (record.account !== worker) throw new Error(`proof: the key is of ${record.account}`)
  const all = slashable(loadAccount(host, worker))
  if (all === 0n) throw new Error(`${worker} has no stake`)
  const mayAskLess = host.predecessor() === state.owner
  const amount = given !== undefined && mayAskLess && given < all ? given : all

  retireKeys(state, host, [publicKey], kind)
  const retired = findKey(host, publicKey)
  if (retired) dropKey(state, host, publicKey, retired)
  logEvent(host, "slashed", {
    account_id: worker,
    amount: String(amount),
    proof: kind,
    public_key: publicKey,
    request_id: requestId,
    by: host.predecessor(),
  })
  takeStake(state, host, worker, amount)
  return amount
}
