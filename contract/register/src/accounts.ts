/** Who operates workers: a stake, what of it is leaving, and which keys are live. */
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

export interface Unbonding {
  amount: bigint
  releasedAt: bigint
}

export interface Account {
  stake: bigint
  unbonding: readonly Unbonding[]
  /** By the owner, until he activates it again. */
  isDeactivated: boolean
  /** Public keys that may settle. */
  keys: readonly string[]
  /** Records of keys, live and retired: they take storage. */
  keyRecords: number
  /** What its keys may spend on gas, those included that are being entered. */
  allowances: bigint
  /** Ids of open claims, and what they come to. */
  claims: readonly number[]
  claimed: bigint
}

type Encoded = [
  stake: string,
  unbonding: [amount: string, releasedAt: string][],
  isDeactivated: boolean,
  keys: readonly string[],
  keyRecords: number,
  claims: readonly number[],
  claimed: string,
  allowances: string,
]

const NOTHING: Account = {
  stake: 0n,
  unbonding: [],
  isDeactivated: false,
  keys: [],
  keyRecords: 0,
  allowances: 0n,
  claims: [],
  claimed: 0n,
}

const accountKey = (id: string) => `a${id}`

export function loadAccount(host: Host, id: string): Account {
  return findAccount(host, id) ?? NOTHING
}

export function findAccount(host: Host, id: string): Account | undefined {
  const text = host.read(accountKey(id))
  if (text === undefined) return undefined
  // Written by `saveAccount`.
  const [stake, unbonding, isDeactivated, keys, keyRecords, claims, claimed, allowances] =
    JSON.parse(text) as Encoded
  return {
    stake: BigInt(stake),
    unbonding: unbonding.map(([amount, releasedAt]) => ({
      amount: BigInt(amount),
      releasedAt: BigInt(releasedAt),
    })),
    isDeactivated,
    keys,
    keyRecords,
    allowances: BigInt(allowances),
    claims,
    claimed: BigInt(claimed),
  }
}

/** An account that holds nothing any more leaves no record. */
export function saveAccount(host: Host, id: string, account: Account): void {
  if (isEmpty(account)) {
    host.remove(accountKey(id))
    return
  }
  const encoded: Encoded = [
    String(account.stake),
    account.unbonding.map(({ amount, releasedAt }) => [String(amount), String(releasedAt)]),
    account.isDeactivated,
    account.keys,
    account.keyRecords,
    account.claims,
    String(account.claimed),
    String(account.allowances),
  ]
  host.write(accountKey(id), JSON.stringify(encoded))
}

/** Whether an account may have keys that settle: its stake suffices, or the project answers for it. */
export function isActive(state: State, id: string, account: Account): boolean {
  if (account.isDeactivated) return false
  return id === state.initAccount || account.stake >= state.minimumStake
}

/** Which account registers the keystore: the owner's own, until he names one. */
export function keystoreRegistrar({ keystoreAccount, owner }: State): string {
  return keystoreAccount ?? owner
}

/** A key is given NEAR of ours to spend on gas: not to anybody. */
export function requireActive(state: State, id: string, account: Account): void {
  if (isActive(state, id, account)) return
  throw new Error(
    account.isDeactivated
      ? `not_active: ${id} was deactivated`
      : `not_active: ${id} has no stake of ${state.minimumStake} yoctoNEAR`,
  )
}

/** All that can be taken from it: what is leaving was staked while its keys were used. */
export function slashable({ stake, unbonding }: Account): bigint {
  return unbonding.reduce((sum, { amount }) => sum + amount, stake)
}

function isEmpty(account: Account): boolean {
  const { isDeactivated, keyRecords, allowances, claims } = account
  const holdsNothing = slashable(account) === 0n && allowances === 0n
  return holdsNothing && !isDeactivated && keyRecords === 0 && claims.length === 0
}
