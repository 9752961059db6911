/**
 * What the owner holds against a worker without a proof. open → (contested →) taken, or dropped.
 * An open claim is taken by anybody after seven days, unless the worker has contested it; a contested
 * one only by the arbiter's word, and lapses thirty days later.
 */
import { findAccount, loadAccount, saveAccount, slashable } from "./accounts.ts"
import { readArguments, readFlag, readText, readWhole } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { takeStake } from "./stake.ts"
import type { State } from "./state.ts"

interface Claim {
  worker: string
  amount: string
  reason: string
  dueAt: string
  /** Who decides: named before the claim was made. */
  arbiter: string | null
  contested: { statement: string; lapsesAt: string } | null
}

const DAY_NS = 86_400_000_000_000n
const WAIT_NS = 7n * DAY_NS
const DECISION_NS = 30n * DAY_NS
const MAX_TEXT = 512
const MAX_OPEN = 16

const claimKey = (id: number) => `s${id}`

export function openClaim(
  state: State,
  host: Host,
  worker: string,
  amount: bigint,
  reason: string,
): number {
  if (host.predecessor() !== state.owner) throw new Error("Only owner can claim without a proof")
  const account = findAccount(host, worker)
  if (!account) throw new Error(`${worker} has no stake`)
  if (reason === "" || reason.length > MAX_TEXT) {
    throw new Error(`reason must have 1 to ${MAX_TEXT} characters`)
  }
  const unclaimed = slashable(account) - account.claimed
  if (amount === 0n || amount > unclaimed) {
    throw new Error(`Only ${unclaimed} yoctoNEAR of the stake can be claimed, not ${amount}`)
  }
  if (account.claims.length >= MAX_OPEN) throw new Error(`${MAX_OPEN} claims are open already`)
  const id = state.nextClaimId
  state.nextClaimId += 1
  const claim: Claim = {
    worker,
    amount: String(amount),
    reason,
    dueAt: String(host.blockTimestamp() + WAIT_NS),
    arbiter: state.arbiter,
    contested: null,
  }
  host.write(claimKey(id), JSON.stringify(claim))
  const claims = [...account.claims, id]
  saveAccount(host, worker, { ...account, claims, claimed: account.claimed + amount })
  logEvent(host, "claim_opened", describe(id, claim))
  return id
}

export function contestClaim(host: Host, args: unknown): void {
  const fields = readArguments(args, ["claim_id", "statement"])
  const [id, claim] = readClaim(host, fields["claim_id"])
  if (host.predecessor() !== claim.worker) throw new Error("Only the worker's account contests")
  if (claim.contested) throw new Error(`Claim ${id} is contested already`)
  const statement = readText(fields["statement"], "statement", MAX_TEXT)
  const lapsesAt = String(host.blockTimestamp() + DECISION_NS)
  const contested: Claim = { ...claim, contested: { statement, lapsesAt } }
  host.write(claimKey(id), JSON.stringify(contested))
  logEvent(host, "claim_contested", describe(id, contested))
}

/** For anybody, once its time has come: takes the stake, or lets the claim lapse. */
export function executeClaim(state: State, host: Host, args: unknown): void {
  const [id, claim] = readClaim(host, readArguments(args, ["claim_id"])["claim_id"])
  const now = host.blockTimestamp()
  if (claim.contested) {
    if (now < BigInt(claim.contested.lapsesAt)) throw new Error(`Claim ${id} is contested`)
    drop(host, id, claim)
  } else if (now < BigInt(claim.dueAt)) {
    throw new Error(`Claim ${id} can be contested until ${claim.dueAt}`)
  } else take(state, host, id, claim)
}

export function decideClaim(state: State, host: Host, args: unknown): void {
  const fields = readArguments(args, ["claim_id", "upheld"])
  const [id, claim] = readClaim(host, fields["claim_id"])
  if (claim.arbiter === null || host.predecessor() !== claim.arbiter) {
    throw new Error("Only the arbiter decides")
  }
  if (!claim.contested) throw new Error(`Nobody has contested claim ${id}`)
  if (host.blockTimestamp() >= BigInt(claim.contested.lapsesAt)) {
    throw new Error(`Claim ${id} has lapsed`)
  }
  const upheld = readFlag(fields["upheld"], "upheld")
  logEvent(host, "claim_decided", { ...describe(id, claim), upheld })
  if (upheld) take(state, host, id, claim)
  else drop(host, id, claim)
}

export function dropClaim(state: State, host: Host, args: unknown): void {
  const [id, claim] = readClaim(host, readArguments(args, ["claim_id"])["claim_id"])
  if (host.predecessor() !== state.owner) throw new Error("Only owner can drop a claim")
  drop(host, id, claim)
}

export function getClaim(host: Host, args: unknown): unknown {
  const id = readWhole(readArguments(args, ["claim_id"])["claim_id"], "claim_id")
  const text = host.read(claimKey(id))
  return text === undefined ? null : describe(id, JSON.parse(text) as Claim)
}

/** A proof may have taken of the stake meanwhile what was claimed. */
function take(state: State, host: Host, id: number, claim: Claim): void {
  close(host, id, claim)
  const left = slashable(loadAccount(host, claim.worker))
  const amount = BigInt(claim.amount) < left ? BigInt(claim.amount) : left
  logEvent(host, "slashed", {
    account_id: claim.worker,
    amount: String(amount),
    reason: claim.reason,
    claim_id: id,
  })
  takeStake(state, host, claim.worker, amount)
}

function drop(host: Host, id: number, claim: Claim): void {
  close(host, id, claim)
  logEvent(host, "claim_dropped", describe(id, claim))
}

function close(host: Host, id: number, { worker, amount }: Claim): void {
  host.remove(claimKey(id))
  const account = loadAccount(host, worker)
  const claims = account.claims.filter((open) => open !== id)
  saveAccount(host, worker, { ...account, claims, claimed: account.claimed - BigInt(amount) })
}

function readClaim(host: Host, value: unknown): [number, Claim] {
  const id = readWhole(value, "claim_id")
  const text = host.read(claimKey(id))
  if (text === undefined) throw new Error(`There is no open claim ${id}`)
  // Written by `openClaim` and `contestClaim`.
  return [id, JSON.parse(text) as Claim]
}

function describe(id: number, claim: Claim) {
  const { worker, amount, reason, dueAt, arbiter, contested } = claim
  return {
    claim_id: id,
    account_id: worker,
    amount,
    reason,
    due_at_ns: dueAt,
    arbiter,
    contested: contested && {
      statement: contested.statement,
      lapses_at_ns: contested.lapsesAt,
    },
  }
}
