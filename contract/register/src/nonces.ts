/** What a quote must contain to be fresh: drawn here, used once, within ten minutes. */
import { readArguments } from "./arguments.ts"
import { keystoreRegistrar, loadAccount, requireActive } from "./accounts.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { readPublicKey } from "./public-key.ts"
import type { State } from "./state.ts"

type Drawn = [publicKey: string, nonce: string, expiresAt: string]

const LIFE_NS = 600_000_000_000n
/** Of one account at once: they share a record, so the storage is bounded. */
const MAX_OPEN = 16

const nonceKey = (account: string) => `n${account}`

/** One nonce per account and key: a second begin replaces the first. */
export function beginRegistration(state: State, host: Host, args: unknown) {
  const fields = readArguments(args, ["public_key"])
  const publicKey = readPublicKey(fields["public_key"], "public_key").text
  const account = host.predecessor()
  requireRegistrar(state, host, account)
  const now = host.blockTimestamp()
  const others = readOpen(host, account, now).filter(([key]) => key !== publicKey)
  if (others.length >= MAX_OPEN) {
    throw new Error(`${account} has ${MAX_OPEN} open registrations: wait ten minutes`)
  }
  const expiresAt = String(now + LIFE_NS)
  const nonce = drawNonce(state, host)
  save(host, account, [...others, [publicKey, nonce, expiresAt]])
  logEvent(host, "registration_begun", { account_id: account, public_key: publicKey })
  return { nonce, expires_at_ns: expiresAt, network: host.chainId(), register: host.self() }
}

/** Removes and returns it. */
export function takeNonce(host: Host, account: string, publicKey: string): string {
  const open = readOpen(host, account, host.blockTimestamp())
  const found = open.find(([key]) => key === publicKey)
  if (!found) {
    throw new Error(`nonce_unknown: no registration of ${publicKey} is open: begin_registration`)
  }
  save(
    host,
    account,
    open.filter((drawn) => drawn !== found),
  )
  return found[1]
}

/** Of who may register no longer: nobody else would ever look at them. */
export function dropNonces(host: Host, account: string): void {
  host.remove(nonceKey(account))
}

function requireRegistrar(state: State, host: Host, account: string): void {
  if (account === keystoreRegistrar(state)) return
  requireActive(state, account, loadAccount(host, account))
}

/** Two receipts of a block may have one seed: the count keeps their nonces apart. */
function drawNonce(state: State, host: Host): string {
  state.draws += 1
  const drawn = `${state.draws} ${host.encodeHex(host.randomSeed())}`
  return host.encodeHex(host.sha256(host.utf8(drawn)))
}

function readOpen(host: Host, account: string, now: bigint): Drawn[] {
  const text = host.read(nonceKey(account))
  if (text === undefined) return []
  // Written by `save`.
  return (JSON.parse(text) as Drawn[]).filter(([, , expiresAt]) => now < BigInt(expiresAt))
}

function save(host: Host, account: string, open: readonly Drawn[]): void {
  if (open.length === 0) host.remove(nonceKey(account))
  else host.write(nonceKey(account), JSON.stringify(open))
}
