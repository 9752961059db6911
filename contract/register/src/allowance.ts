/**
 * NEAR that a key may spend on gas, out of the contract's own. It is not to be had by registering: an
 * account's keys have no more of it than the account has staked, so that whoever wastes it locks as much.
 */
import { type Account, loadAccount, saveAccount } from "./accounts.ts"
import type { Host } from "./host.ts"
import { findKey, type KeyRecord } from "./keys.ts"
import { retireKeys } from "./retire.ts"
import type { State } from "./state.ts"
import { freeBalance } from "./storage.ts"

const NEAR = 10n ** 24n
/** What a key may spend on gas until it is renewed; less where the contract has less. */
const ALLOWANCE = 10n * NEAR
const LEAST_ALLOWANCE = NEAR
/** Two ended keys make room for each new one: there are never more of them for long. */
const MAX_ENDED = 2

/** Stakes, and what was promised to other keys, are never spent on gas. */
export function grantAllowance(
  state: State,
  host: Host,
  id: string,
  known: KeyRecord | undefined,
): bigint {
  const own = known?.allowance ?? 0n
  const share = shareOf(state, id, loadAccount(host, id), own)
  const free = freeBalance(state, host) + own
  if (free < LEAST_ALLOWANCE) {
    throw new Error(`unfunded: the register contract has no NEAR left for a key's gas`)
  }
  return free < share ? free : share
}

/** Until a key is entered, so that two at once are not granted the same NEAR; negative: given back. */
export function reserve(state: State, host: Host, id: string, amount: bigint): void {
  const account = loadAccount(host, id)
  state.allowances += amount
  saveAccount(host, id, { ...account, allowances: account.allowances + amount })
}

/** Ends the account's oldest keys that have expired: what they had is the next one's. */
export function retireEnded(state: State, host: Host, id: string, renewed: string): void {
  const ended = loadAccount(host, id)
    .keys.slice(0, MAX_ENDED)
    .filter((key) => key !== renewed && hasExpired(host, findKey(host, key)))
  if (ended.length > 0) retireKeys(state, host, ended, "expired")
}

/** Half of what the stake still covers: a worker that starts anew while its old key lives finds some. */
function shareOf({ initAccount }: State, id: string, account: Account, own: bigint): bigint {
  if (id === initAccount) return ALLOWANCE
  const room = account.stake - account.allowances + own
  if (room < LEAST_ALLOWANCE) {
    throw new Error(
      `allowance_used_up: ${id} has staked ${account.stake} yoctoNEAR, and its keys have ${account.allowances} for gas: deactivate one, or stake more`,
    )
  }
  const half = room / 2n
  if (half < LEAST_ALLOWANCE) return LEAST_ALLOWANCE
  return half < ALLOWANCE ? half : ALLOWANCE
}

function hasExpired(host: Host, record: KeyRecord | undefined): boolean {
  return record !== undefined && host.blockTimestamp() >= record.expiresAt
}
