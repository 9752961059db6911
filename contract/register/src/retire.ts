/** Ends keys: outlayer forgets them and their access keys go, in the next block. */
import { isAbsent, readArguments, readWhole } from "./arguments.ts"
import { loadAccount, slashable } from "./accounts.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { dropKey, findKey, type KeyRecord, listedKey, retireKey, whyDead } from "./keys.ts"
import { toActionKey } from "./public-key.ts"
import type { State } from "./state.ts"

const REMOVE_KEY_GAS = 5_000_000_000_000
/** Records that one call of housekeeping looks at, at most. */
const MAX_TIDIED = 20
/** As long as a stake is unbonding, what its keys signed can cost it. */
export const EVIDENCE_NS = 14n * 86_400_000_000_000n

export function retireKeys(
  state: State,
  host: Host,
  publicKeys: readonly string[],
  reason: string,
): void {
  for (const publicKey of publicKeys) {
    const record = findKey(host, publicKey)
    if (!record || record.retiredAt !== 0n) continue
    retireKey(state, host, publicKey, record)
    const bytes = toActionKey(host.decodeHex(record.hex) ?? new Uint8Array())
    // Each in a receipt of its own: one that fails keeps no other.
    host.send(host.self(), [{ kind: "deleteKey", publicKey: bytes }])
    logEvent(host, "worker_removed", { account_id: record.account, public_key: publicKey, reason })
  }
  if (state.outlayer !== null) removeFromOutlayer(host, state.outlayer, publicKeys)
}

export function removeFromOutlayer(
  host: Host,
  outlayer: string,
  publicKeys: readonly string[],
): void {
  for (const public_key of publicKeys) {
    const args = JSON.stringify({ public_key })
    const gas = REMOVE_KEY_GAS
    host.send(outlayer, [{ kind: "call", method: "remove_worker_key", args, gas }])
  }
}

/**
 * Housekeeping, for anybody: looks at some records and retires what is dead, forgets what can be no
 * evidence any more. Goes on where the call before it ended.
 */
export function tidyKeys(state: State, host: Host, args: unknown) {
  const given = readArguments(args ?? {}, ["limit"])["limit"]
  const limit = isAbsent(given) ? MAX_TIDIED : Math.min(readWhole(given, "limit"), MAX_TIDIED)
  const result = { retired: 0, forgotten: 0 }
  for (let looked = 0; looked < limit && state.keyCount > 0; looked += 1) {
    if (state.nextToTidy >= state.keyCount) state.nextToTidy = 0
    const publicKey = listedKey(host, state.nextToTidy)
    const record = publicKey === undefined ? undefined : findKey(host, publicKey)
    if (publicKey === undefined || !record) throw new Error("A key is listed and not there")
    const reason = whyDead(state, host, record)
    if (reason === "retired" && isForgettable(host, record)) {
      // Another record takes its number.
      dropKey(state, host, publicKey, record)
      result.forgotten += 1
      continue
    }
    if (reason !== undefined && reason !== "retired") {
      retireKeys(state, host, [publicKey], reason)
      result.retired += 1
    }
    state.nextToTidy += 1
  }
  return { ...result, keys: state.keyCount }
}

function isForgettable(host: Host, record: KeyRecord): boolean {
  if (host.blockTimestamp() >= record.retiredAt + EVIDENCE_NS) return true
  return slashable(loadAccount(host, record.account)) === 0n
}
