/** What `request_execution` is asked: every field checked, every default filled in. */
import {
  type BuildTarget,
  commitKind,
  completeLimits,
  findLimitOverCap,
  isHttpHost,
  LIMIT_NAMES,
  LIMIT_RANGES,
  type LimitName,
  LIMITS,
  parseBuildTarget,
  repositoryKey,
  type ResourceLimits,
  type ResponseFormat,
} from "@outlayer/protocol/pure"
import { isAbsent, readAccountId, readFields, readFlag, readText, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { readProfile, requireEnvelope } from "./secret-arguments.ts"
import { isLonger, isWellFormed } from "./text.ts"

export interface RequestArguments {
  codeSource: { repo: string; commit: string; build_target: BuildTarget }
  limits: ResourceLimits
  input: string
  secretsRef: { profile: string; account_id: string } | null
  /** Base64. */
  encryptedSecrets: string | null
  /** Null: whatever the worker allows. */
  httpHosts: string[] | null
  format: ResponseFormat
  payer: string | null
  withStatus: boolean
}

const FIELDS = [
  "code_source",
  "resource_limits",
  "input_data",
  "secrets_ref",
  "encrypted_secrets",
  "http_hosts",
  "response_format",
  "payer_account_id",
  "with_status",
]

export function readRequest(host: Host, args: unknown): RequestArguments {
  const fields = readFields(args, "request", FIELDS)
  return {
    codeSource: readCodeSource(fields["code_source"]),
    limits: readLimits(fields["resource_limits"]),
    input: readInput(host, fields["input_data"]),
    secretsRef: readSecretsRef(fields["secrets_ref"]),
    encryptedSecrets: readEncryptedSecrets(host, fields["encrypted_secrets"]),
    httpHosts: readHttpHosts(fields["http_hosts"]),
    format: readFormat(fields["response_format"]),
    payer: isAbsent(fields["payer_account_id"])
      ? null
      : readAccountId(fields["payer_account_id"], "payer_account_id"),
    withStatus: isAbsent(fields["with_status"])
      ? false
      : readFlag(fields["with_status"], "with_status"),
  }
}

/** Panics on a limit that passes its cap. */
export function readLimits(value: unknown): ResourceLimits {
  if (isAbsent(value)) return completeLimits(null)
  const fields = readFields(value, "resource_limits", LIMIT_NAMES)
  const given: { [name in LimitName]?: number } = {}
  for (const name of LIMIT_NAMES) {
    if (isAbsent(fields[name])) continue
    given[name] = readWhole(fields[name], `resource_limits.${name}`)
    if (given[name] === 0) throw new Error(`resource_limits.${name} must be at least 1`)
  }
  const limits = completeLimits(given)
  const name = findLimitOverCap(limits)
  if (name === undefined) return limits
  const unit = name.endsWith("_seconds") ? " seconds" : name.endsWith("_mb") ? " MB" : ""
  throw new Error(
    `Requested ${name} ${limits[name]} exceeds hard limit of ${LIMIT_RANGES[name].max}${unit}`,
  )
}

function readCodeSource(value: unknown): RequestArguments["codeSource"] {
  if (isAbsent(value)) throw new Error("code_source is missing")
  const fields = readFields(value, "code_source", ["repo", "commit", "build_target"])
  const repo = readText(fields["repo"], "code_source.repo")
  if (repositoryKey(repo) === undefined) {
    throw new Error(`code_source.repo is not a repository's address: ${repo.slice(0, 80)}`)
  }
  const commit = readText(fields["commit"], "code_source.commit")
  if (commitKind(commit) === undefined || !isWellFormed(commit)) {
    throw new Error(`code_source.commit names no commit, branch or tag: ${commit.slice(0, 80)}`)
  }
  const given = fields["build_target"]
  const target = parseBuildTarget(
    isAbsent(given) ? null : readText(given, "code_source.build_target"),
  )
  if (target === undefined) {
    throw new Error("code_source.build_target must be wasm32-wasip1 or wasm32-wasip2")
  }
  return { repo, commit, build_target: target }
}

function readInput(host: Host, value: unknown): string {
  if (isAbsent(value)) return ""
  const input = readText(value, "input_data")
  if (isLonger(host, input, LIMITS.inputBytes)) {
    throw new Error(`input_data is longer than ${LIMITS.inputBytes} bytes`)
  }
  // It has no bytes of its own, so nobody could hash or run it as it is.
  if (!isWellFormed(input)) throw new Error("input_data has half of a surrogate pair")
  return input
}

function readSecretsRef(value: unknown): RequestArguments["secretsRef"] {
  if (isAbsent(value)) return null
  const fields = readFields(value, "secrets_ref", ["profile", "account_id"])
  return {
    profile: readProfile(fields["profile"], "secrets_ref.profile"),
    account_id: readAccountId(fields["account_id"], "secrets_ref.account_id"),
  }
}

/** Base64, or the array of bytes that early users send. */
function readEncryptedSecrets(host: Host, value: unknown): string | null {
  if (isAbsent(value)) return null
  const text = Array.isArray(value) ? host.base64(readBytes(value)) : value
  const bytes = typeof text === "string" ? host.fromBase64(text) : undefined
  if (typeof text !== "string" || !bytes) {
    throw new Error("encrypted_secrets must be base64 or an array of bytes")
  }
  requireEnvelope(bytes, "encrypted_secrets")
  return text
}

function readBytes(values: readonly unknown[]): Uint8Array {
  if (values.length > LIMITS.encryptedSecretsBytes) {
    throw new Error(`encrypted_secrets is longer than ${LIMITS.encryptedSecretsBytes} bytes`)
  }
  return Uint8Array.from(values, (value) => {
    const byte = readWhole(value, "encrypted_secrets")
    if (byte > 255) throw new Error("encrypted_secrets must be base64 or an array of bytes")
    return byte
  })
}

function readHttpHosts(value: unknown): string[] | null {
  if (isAbsent(value)) return null
  if (!Array.isArray(value)) throw new Error("http_hosts must be an array")
  if (value.length > LIMITS.httpHosts) {
    throw new Error(`http_hosts has more than ${LIMITS.httpHosts} items`)
  }
  return value.map((item: unknown) => {
    const host = readText(item, "an item of http_hosts")
    if (isHttpHost(host)) return host
    throw new Error(`http_hosts must be host or host:port, in lower case: ${host.slice(0, 80)}`)
  })
}

function readFormat(value: unknown): ResponseFormat {
  if (isAbsent(value)) return "Text"
  if (value === "Bytes" || value === "Text" || value === "Json") return value
  throw new Error('response_format must be "Bytes", "Text" or "Json"')
}
