/** Reads what names a secret, what is in it, and who may have it. */
import {
  type AccessCondition,
  commitKind,
  LIMITS,
  parseAccessCondition,
  readEnvelopeEpoch,
  repositoryKey,
} from "@outlayer/protocol/pure"
import { type Fields, isAbsent, readText } from "./arguments.ts"
import type { Host } from "./host.ts"
import type { SecretId } from "./secret-records.ts"
import { isLonger, isWellFormed } from "./text.ts"

// Literals only: on chain nothing can compile another expression.
const PROFILE = /^[A-Za-z0-9_.-]+$/

export function readSecretId(fields: Fields, owner: string): SecretId {
  return {
    owner,
    repo: readRepository(fields["repo"]),
    branch: readBranch(fields["branch"]),
    profile: readProfile(fields["profile"], "profile"),
  }
}

/** However the address is spelt, its key. */
export function readRepository(value: unknown): string {
  const address = readText(value, "repo")
  const key = repositoryKey(address)
  if (key === undefined)
    throw new Error(`repo is not a repository's address: ${address.slice(0, 80)}`)
  return key
}

export function readBranch(value: unknown): string | null {
  if (isAbsent(value)) return null
  const branch = readText(value, "branch")
  if (commitKind(branch) !== undefined && isWellFormed(branch)) return branch
  throw new Error(`branch names no branch: ${branch.slice(0, 80)}`)
}

export function readProfile(value: unknown, what: string): string {
  const profile = readText(value, what)
  if (PROFILE.test(profile) && profile.length <= LIMITS.profileBytes) return profile
  throw new Error(`${what} must be 1 to ${LIMITS.profileBytes} of A-Z a-z 0-9 _ . -`)
}

/** Base64 of a sealed envelope. What is in it only the keystore can tell. */
export function readEnvelope(host: Host, value: unknown, what: string): string {
  const text = readText(value, what)
  const bytes = host.fromBase64(text)
  if (!bytes) throw new Error(`${what} must be base64`)
  requireEnvelope(bytes, what)
  return text
}

export function requireEnvelope(bytes: Uint8Array, what: string): void {
  if (bytes.length > LIMITS.encryptedSecretsBytes) {
    throw new Error(`${what} is longer than ${LIMITS.encryptedSecretsBytes} bytes`)
  }
  try {
    readEnvelopeEpoch(bytes)
  } catch (error) {
    throw new Error(`${what} is no sealed envelope: ${String(error)}`)
  }
}

export function readAccess(host: Host, value: unknown): AccessCondition {
  if (isAbsent(value)) throw new Error("access is missing")
  const access = parseAccessCondition(value)
  if (isLonger(host, JSON.stringify(access), LIMITS.accessConditionBytes)) {
    throw new Error(`access is longer than ${LIMITS.accessConditionBytes} bytes`)
  }
  return access
}
