/** The root state: small whatever the contract holds. All that grows has a record of its own. */
import { DEFAULT_PRICES, type Prices } from "@outlayer/protocol/pure"

export const STATE_VERSION = 2

export interface State {
  owner: string
  /** The first is the one that `set_operator` names. */
  operators: string[]
  keystore: string | null
  register: string | null
  paused: boolean
  prices: Prices
  nextRequestId: number
  /** No request below this id is unanswered: where `list_pending` begins. */
  oldestOpenId: number
  completed: number
  /** All that was ever charged; what of it the owner has taken. */
  feesCharged: bigint
  feesWithdrawn: bigint
  /** Payments of unanswered requests. */
  pendingPayments: bigint
  /** Bytes that these payments stake: of each request's records as many as its payment can. */
  paidBytes: number
  /** Refunds that bounced. */
  claimable: bigint
}

export function newState(owner: string, operator: string): State {
  return {
    owner,
    operators: [operator],
    keystore: null,
    register: null,
    paused: false,
    prices: DEFAULT_PRICES,
    nextRequestId: 0,
    oldestOpenId: 0,
    completed: 0,
    feesCharged: 0n,
    feesWithdrawn: 0n,
    pendingPayments: 0n,
    paidBytes: 0,
    claimable: 0n,
  }
}

export function encodeState(state: State): string {
  return JSON.stringify([
    STATE_VERSION,
    state.owner,
    state.operators,
    state.keystore,
    state.register,
    state.paused,
    encodePrices(state.prices),
    state.nextRequestId,
    state.oldestOpenId,
    state.completed,
    String(state.feesCharged),
    String(state.feesWithdrawn),
    String(state.pendingPayments),
    String(state.claimable),
    state.paidBytes,
  ])
}

type Encoded = [
  version: number,
  owner: string,
  operators: string[],
  keystore: string | null,
  register: string | null,
  paused: boolean,
  prices: EncodedPrices,
  nextRequestId: number,
  oldestOpenId: number,
  completed: number,
  feesCharged: string,
  feesWithdrawn: string,
  pendingPayments: string,
  claimable: string,
  /** Since version 2. */
  paidBytes?: number,
]

export function decodeState(text: string): State {
  requireReadable(text)
  // Written by `encodeState` of this version or the first.
  const [
    ,
    owner,
    operators,
    keystore,
    register,
    paused,
    prices,
    next,
    oldest,
    completed,
    ...money
  ] = JSON.parse(text) as Encoded
  return {
    owner,
    operators,
    keystore,
    register,
    paused,
    prices: decodePrices(prices),
    nextRequestId: next,
    oldestOpenId: oldest,
    completed,
    feesCharged: BigInt(money[0]),
    feesWithdrawn: BigInt(money[1]),
    pendingPayments: BigInt(money[2]),
    claimable: BigInt(money[3]),
    paidBytes: money[4] ?? 0,
  }
}

export function migrateState(text: string | undefined): State {
  if (text === undefined) throw new Error("Contract must be initialized")
  return decodeState(text)
}

/**
 * Version 1 is read as it is: a callback between an upgrade and its `migrate` must not fail. Looked
 * at without parsing, since another version may have another form.
 */
function requireReadable(text: string): void {
  if (text.startsWith("[2,") || text.startsWith("[1,")) return
  const version = Number(/^\[(\d+),/.exec(text)?.[1] ?? 0)
  throw new Error(`State has version ${version}, this code needs ${STATE_VERSION}`)
}

export type EncodedPrices = [base: string, instructions: string, ms: string, compileMs: string]

export function encodePrices(prices: Prices): EncodedPrices {
  return [
    String(prices.base),
    String(prices.perMillionInstructions),
    String(prices.perMs),
    String(prices.perCompileMs),
  ]
}

export function decodePrices([base, instructions, ms, compileMs]: EncodedPrices): Prices {
  return {
    base: BigInt(base),
    perMillionInstructions: BigInt(instructions),
    perMs: BigInt(ms),
    perCompileMs: BigInt(compileMs),
  }
}
