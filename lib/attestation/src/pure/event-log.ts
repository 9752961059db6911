/**
 * dstack's event log, replayed against the quote's registers. RTMR3 holds what the guest's boot
 * measured of the application; its digests are never believed, always computed from the content.
 */
import type { BootClaims, TdReport } from "./facts.ts"
import { concatenate } from "./bytes.ts"
import type { Primitives } from "./primitives.ts"
import { attempt, Refusal, type Result } from "./refusal.ts"

/** A genuine log has about 30 events; the largest payload is the key provider's JSON. */
const EVENTS_MAX = 256
const NAME_MAX = 128
const PAYLOAD_BYTES_MAX = 4096

const RUNTIME_EVENT = 0x08000001
const TYPE_LE = new Uint8Array([0x01, 0x00, 0x00, 0x08])

/** Every boot has these once, in this order; others may stand between them. */
const BOOT = [
  "system-preparing",
  "app-id",
  "compose-hash",
  "instance-id",
  "boot-mr-done",
  "key-provider",
  "system-ready",
] as const
type BootName = (typeof BOOT)[number]

interface Entry {
  readonly imr: number
  readonly type: number
  readonly name: string
  /** Hex, lower case. */
  readonly digest: string
  readonly payload: Uint8Array
  readonly version: number
}

/**
 * Replays the log against `report` and says what the boot claimed. Registers 0 to 2 are compared
 * only where the log has events of them: their values are approved as they stand in the quote.
 */
export function readEventLog(
  report: TdReport,
  log: unknown,
  primitives: Primitives,
): Result<BootClaims> {
  return attempt(() => {
    if (!Array.isArray(log)) throw new Refusal("log_malformed", "not a list")
    if (log.length > EVENTS_MAX) throw new Refusal("log_too_large", `${log.length} events`)
    const entries = log.map((event: unknown) => readEntry(event, primitives))
    const runtime = entries.filter(({ imr }) => imr === 3)
    for (const register of [0, 1, 2] as const) {
      const digests = entries.filter(({ imr }) => imr === register).map(({ digest }) => digest)
      if (digests.length > 0) checkRegister(register, digests, report, primitives)
    }
    const digests = runtime.map((entry) => digestOf(entry, primitives))
    checkRegister(3, digests, report, primitives)
    const claims = readClaims(runtime, primitives)
    checkMrConfigId(report.mrConfigId, claims, primitives)
    return claims
  })
}

function readEntry(event: unknown, { decodeHex }: Primitives): Entry {
  if (typeof event !== "object" || event === null) throw malformed("an event is not an object")
  const {
    imr,
    event_type,
    digest,
    event: name,
    event_payload,
    version = 1,
  } = event as Record<string, unknown>
  if (imr !== 0 && imr !== 1 && imr !== 2 && imr !== 3) throw malformed("imr is not 0 to 3")
  if (typeof event_type !== "number") throw malformed("event_type is not a number")
  if (typeof digest !== "string" || typeof name !== "string" || typeof event_payload !== "string") {
    throw malformed("digest, event and event_payload are not text")
  }
  if (version !== 1 && version !== 2) throw malformed("unknown version of an event")
  if (name.length > NAME_MAX || event_payload.length > PAYLOAD_BYTES_MAX * 2) {
    throw new Refusal("log_too_large", name.slice(0, NAME_MAX))
  }
  if (digest !== "" && !/^[0-9a-f]{96}$/i.test(digest)) throw malformed("a digest is not SHA-384")
  // What firmware measured is known by its digest alone, so only RTMR3's payloads are read.
  const payload = imr === 3 ? decodeHex(event_payload) : new Uint8Array()
  if (!payload) throw malformed("a payload is not hex")
  return { imr, type: event_type, name, digest: digest.toLowerCase(), payload, version }
}

function checkRegister(
  register: 0 | 1 | 2 | 3,
  digests: readonly string[],
  report: TdReport,
  { sha384, encodeHex, decodeHex }: Primitives,
): void {
  let value: Uint8Array = new Uint8Array(48)
  for (const hex of digests) {
    const digest = decodeHex(hex)
    if (digest?.length !== 48) throw malformed("an event has no digest")
    value = sha384(concatenate(value, digest))
  }
  if (encodeHex(value) !== report[`rtmr${register}`]) {
    throw new Refusal("log_replay", `RTMR${register}`)
  }
}

/** Two forms: `type:name:payload` in bytes, and since 2026 canonical JSON (RFC 8785) of the same. */
function digestOf(entry: Entry, { sha384, utf8, encodeHex }: Primitives): string {
  const { type, name, payload, version, digest } = entry
  if (type !== RUNTIME_EVENT) throw new Refusal("log_event_type", `${name}: ${type}`)
  // A colon in a name would give two events one preimage, a quote mark would leave the JSON.
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Refusal("log_event_name", name)
  const preimage =
    version === 1
      ? concatenate(concatenate(TYPE_LE, utf8(`:${name}:`)), payload)
      : utf8(`{"name":"${name}","payload":"${encodeHex(payload)}","type":${type}}`)
  const computed = encodeHex(sha384(preimage))
  if (digest !== "" && digest !== computed) throw new Refusal("log_digest", name)
  return computed
}

/**
 * Applications extend RTMR3 too, under any name: before system-ready only the boot can have done so,
 * and each of its names stands exactly once in the whole log.
 */
function readClaims(runtime: readonly Entry[], { encodeHex, latin1 }: Primitives): BootClaims {
  const names = runtime.map(({ name }) => name)
  const ready = names.indexOf("system-ready")
  if (ready < 0) throw new Refusal("log_claim_missing", "system-ready")
  let previous = -1
  const found = {} as Record<BootName, Uint8Array>
  for (const name of BOOT) {
    const at = names.indexOf(name)
    if (at < 0) throw new Refusal("log_claim_missing", name)
    const again = names.indexOf(name, at + 1)
    if (at > ready || (again > ready && name !== "system-ready")) {
      throw new Refusal("log_claim_late", name)
    }
    if (again >= 0) throw new Refusal("log_claim_repeated", name)
    if (at < previous || (previous < 0 && at > 0)) throw new Refusal("log_order", name)
    previous = at
    found[name] = runtime[at]?.payload ?? new Uint8Array()
  }
  const instanceId = found["instance-id"]
  demandSize("app-id", found["app-id"].length === 20)
  demandSize("compose-hash", found["compose-hash"].length === 32)
  demandSize("instance-id", instanceId.length === 0 || instanceId.length === 20)
  for (const name of ["system-preparing", "boot-mr-done", "system-ready"] as const) {
    demandSize(name, found[name].length === 0)
  }
  return {
    composeHash: encodeHex(found["compose-hash"]),
    appId: encodeHex(found["app-id"]),
    instanceId: encodeHex(instanceId),
    ...readKeyProvider(latin1(found["key-provider"])),
  }
}

function readKeyProvider(text: string): Pick<BootClaims, "keyProvider" | "keyProviderId"> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal("log_claim_payload", "key-provider is not JSON")
  }
  const { name, id } = Object(value) as { name?: unknown; id?: unknown }
  // Written again it must be what it was: of a key that occurs twice, readers take either value.
  const isIt =
    typeof name === "string" && typeof id === "string" && JSON.stringify({ name, id }) === text
  if (!isIt) throw new Refusal("log_claim_payload", "key-provider")
  return { keyProvider: name, keyProviderId: id }
}

/** dstack's numbers of its key providers, by the names in the log. */
const PROVIDER_KINDS: Readonly<Record<string, number>> = { "local-sgx": 1, kms: 2, tpm: 3 }

/**
 * Set by the host before launch and enforced by dstack's boot. Byte 0 names the form: 0 for unset;
 * 1, then the compose hash; 2, then Keccak-256 of compose hash, app id and key provider. Form 3 hashes
 * a document that no log carries, so it is refused like an unknown one.
 */
function checkMrConfigId(mrConfigId: string, claims: BootClaims, primitives: Primitives): void {
  const form = mrConfigId.slice(0, 2)
  const expected = { "00": "00", "01": `01${claims.composeHash}`, "02": "" }[form]
  const isRight =
    expected !== undefined &&
    mrConfigId === (expected || `02${hashOfConfig(claims, primitives)}`).padEnd(96, "0")
  if (!isRight) throw new Refusal("mr_config_id", mrConfigId)
}

function hashOfConfig(claims: BootClaims, primitives: Primitives): string {
  const { keccak256, encodeHex, decodeHex } = primitives
  const { composeHash, appId, keyProvider, keyProviderId } = claims
  const kind = PROVIDER_KINDS[keyProvider]
  if (kind === undefined) throw new Refusal("mr_config_id", `key provider ${keyProvider}`)
  const bytes = decodeHex(`${composeHash}${appId}0${kind}${keyProviderId}`)
  if (!bytes) throw new Refusal("mr_config_id", "the key provider's id is not hex")
  return encodeHex(keccak256(bytes))
}

function demandSize(name: BootName, holds: boolean): void {
  if (!holds) throw new Refusal("log_claim_payload", name)
}

function malformed(detail: string): Refusal {
  return new Refusal("log_malformed", detail)
}
