/** The keystore, attested the same way: which keys users may seal to, and workers believe. */
import { keystoreReportData } from "@outlayer/protocol/pure"
import { readArguments, readHex } from "./arguments.ts"
import { keystoreRegistrar, loadAccount } from "./accounts.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { judge } from "./judge.ts"
import { findMeasurement, isApproved } from "./measurements.ts"
import { takeNonce } from "./nonces.ts"
import { readPublicKey } from "./public-key.ts"
import type { State } from "./state.ts"

type Stored = [
  account: string,
  encryptionKey: string,
  signingKey: string,
  measurement: string,
  fmspc: string,
  registeredAt: string,
  expiresAt: string,
]

/** There is one: who registers next, takes its place. */
const KEYSTORE_KEY = "K"

export function registerKeystore(state: State, host: Host, args: unknown) {
  const fields = readArguments(args, [
    "encryption_key",
    "signing_key",
    "tdx_quote_hex",
    "event_log",
  ])
  const encryption_key = readHex(fields["encryption_key"], "encryption_key", 32)
  const { text: signing_key } = readPublicKey(fields["signing_key"], "signing_key")
  const account = host.predecessor()
  // Another's would be attested too, and still know none of the secrets sealed so far.
  if (account !== keystoreRegistrar(state) || loadAccount(host, account).isDeactivated) {
    throw new Error(`not_active: ${account} may not register a keystore`)
  }
  const nonce = takeNonce(host, account, signing_key)
  const statement = {
    network: host.chainId(),
    register: host.self(),
    encryption_key,
    signing_key,
    nonce,
  }
  const { tdx_quote_hex, event_log } = fields
  const reportData = keystoreReportData(host, statement)
  const judged = judge(state, host, "keystore", { tdx_quote_hex, event_log }, reportData)

  const stored: Stored = [
    account,
    encryption_key,
    signing_key,
    judged.measurement,
    judged.fmspc,
    String(host.blockTimestamp()),
    String(judged.expiresAt),
  ]
  host.write(KEYSTORE_KEY, JSON.stringify(stored))
  const described = getKeystore(state, host)
  logEvent(host, "keystore_registered", described ?? {})
  return described
}

/** Null before the first; `is_live` says whether it counts now. */
export function getKeystore(state: State, host: Host) {
  const text = host.read(KEYSTORE_KEY)
  if (text === undefined) return null
  // Written by `registerKeystore`.
  const [account_id, encryption_key, signing_key, measurement, fmspc, registered, expires] =
    JSON.parse(text) as Stored
  return {
    account_id,
    encryption_key,
    signing_key,
    measurement,
    fmspc,
    registered_at_ns: registered,
    expires_at_ns: expires,
    is_live:
      host.blockTimestamp() < BigInt(expires) &&
      isApproved(findMeasurement(host, measurement)) &&
      account_id === keystoreRegistrar(state) &&
      !loadAccount(host, account_id).isDeactivated,
    root: state.testRoot === null ? "intel" : "test",
  }
}
