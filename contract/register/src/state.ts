/** The root state: small whatever the contract holds. All that grows has a record of its own. */

export const STATE_VERSION = 1

export interface State {
  owner: string
  /** May register without a stake: the project's own. */
  initAccount: string
  outlayer: string | null
  /** Registers the keystore, and nobody else: the init account's key is in every worker's environment. */
  keystoreAccount: string | null
  /** Decides what a worker contests. */
  arbiter: string | null
  /** A certificate in base64, trusted in place of Intel's; on mainnet and testnet there is none. */
  testRoot: string | null
  minimumStake: bigint
  /** Of TCB info and QE identity; only ever raised. */
  minimumEvaluationNumber: number
  /** What belongs to stakers: stakes, also unbonding ones, and payments that bounced. */
  owed: bigint
  /** The sum of the allowances of access keys: reserved, so that no stake pays for gas. */
  allowances: bigint
  /** Nonces drawn so far. */
  draws: number
  /** Records of worker keys, numbered from 0. */
  keyCount: number
  /** The record at which housekeeping goes on. */
  nextToTidy: number
  nextClaimId: number
  /** Ids of those approved now. */
  measurements: string[]
  /** Those that there is collateral for. */
  fmspcs: string[]
}

const NEAR = 10n ** 24n

export function newState(owner: string): State {
  return {
    owner,
    initAccount: owner,
    outlayer: null,
    keystoreAccount: null,
    arbiter: null,
    testRoot: null,
    minimumStake: 10n * NEAR,
    minimumEvaluationNumber: 0,
    owed: 0n,
    allowances: 0n,
    draws: 0,
    keyCount: 0,
    nextToTidy: 0,
    nextClaimId: 0,
    measurements: [],
    fmspcs: [],
  }
}

type Encoded = Omit<State, "minimumStake" | "owed" | "allowances"> & {
  version: number
  minimumStake: string
  owed: string
  allowances: string
}

export function encodeState(state: State): string {
  const { minimumStake, owed, allowances, ...rest } = state
  const encoded: Encoded = {
    version: STATE_VERSION,
    ...rest,
    minimumStake: String(minimumStake),
    owed: String(owed),
    allowances: String(allowances),
  }
  return JSON.stringify(encoded)
}

/** There is no older version yet: what one is to become is for `decodeState` to say. */
export function migrateState(text: string | undefined): State {
  if (text === undefined) throw new Error("Contract must be initialized")
  return decodeState(text)
}

export function decodeState(text: string): State {
  // Written by `encodeState`, if the version is ours.
  const { version, ...encoded } = JSON.parse(text) as Encoded
  if (version !== STATE_VERSION) {
    throw new Error(`State has version ${version}, this code needs ${STATE_VERSION}`)
  }
  return {
    ...encoded,
    minimumStake: BigInt(encoded.minimumStake),
    owed: BigInt(encoded.owed),
    allowances: BigInt(encoded.allowances),
  }
}
