/** What a quote says at a registration: whose keys, at which contract, for which drawn nonce. */
import { canonicalBytes, hexOf } from "./canonical-bytes.ts"
import type { Primitives } from "./request-hash.ts"

export interface WorkerRegistration {
  /** The chain id: "mainnet", "testnet", "localnet". */
  network: string
  /** The account of the contract that drew the nonce. */
  register: string
  /** As NEAR writes it: `ed25519:` and base58. */
  public_key: string
  /** 32 bytes in lower-case hex, from `begin_registration`. */
  nonce: string
}

/** A keystore binds two keys; it begins its registration with the one that signs. */
export interface KeystoreRegistration extends Omit<WorkerRegistration, "public_key"> {
  /** X25519, 32 bytes in lower-case hex. */
  encryption_key: string
  /** `ed25519:` and base58. */
  signing_key: string
}

/** The 64 bytes of REPORTDATA: the statement's SHA-256, then 32 zero bytes. All 64 are compared. */
export function workerReportData(
  { sha256, utf8 }: Primitives,
  { network, register, public_key, nonce }: WorkerRegistration,
): Uint8Array {
  const fields = [network, register, public_key, nonce]
  return padded(sha256(canonicalBytes(utf8, "outlayer-register-worker-1", fields)))
}

export function keystoreReportData(
  { sha256, utf8 }: Primitives,
  { network, register, encryption_key, signing_key, nonce }: KeystoreRegistration,
): Uint8Array {
  const fields = [network, register, encryption_key, signing_key, nonce]
  return padded(sha256(canonicalBytes(utf8, "outlayer-register-keystore-1", fields)))
}

/** What the owner approves, as a whole: parts of two approved ones are no measurement. */
export interface ApprovedMeasurement {
  /** 48 bytes each, in lower-case hex. */
  mrtd: string
  rtmr0: string
  rtmr1: string
  rtmr2: string
  /** 32 bytes in lower-case hex: SHA-256 of the app-compose file. */
  compose_hash: string
  /**
   * From where it has its keys, all three or none: the name and id of dstack's key provider, and the
   * app id under which that gives them, 20 bytes in hex. A keystore under a KMS or an app of its
   * operator's would have a master secret that he can read, so for a keystore they are never null.
   */
  key_provider: string | null
  key_provider_id: string | null
  app_id: string | null
}

export type RegisteredRole = "worker" | "keystore"

/** The name of an approved measurement: 32 bytes in lower-case hex. */
export function measurementId(
  { sha256, utf8 }: Primitives,
  role: RegisteredRole,
  measurement: ApprovedMeasurement,
): string {
  const { mrtd, rtmr0, rtmr1, rtmr2, compose_hash } = measurement
  const { key_provider, key_provider_id, app_id } = measurement
  const program = [role, mrtd, rtmr0, rtmr1, rtmr2, compose_hash]
  const fields = [...program, key_provider, key_provider_id, app_id]
  return hexOf(sha256(canonicalBytes(utf8, "outlayer-measurement-2", fields)))
}

/**
 * Under which names what was measured, origin of keys and all, may be approved: a worker also without
 * that origin.
 */
export function measurementIds(
  primitives: Primitives,
  role: RegisteredRole,
  measured: ApprovedMeasurement,
): readonly string[] {
  const bound = measurementId(primitives, role, measured)
  if (role === "keystore") return [bound]
  const anywhere = { key_provider: null, key_provider_id: null, app_id: null }
  return [measurementId(primitives, role, { ...measured, ...anywhere }), bound]
}

function padded(digest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(64)
  bytes.set(digest)
  return bytes
}
