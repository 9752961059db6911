/** What anybody may read of secrets: all but what is in them. */
import { LIMITS } from "@outlayer/protocol/pure"
import { readAccountId, readFields, readPage } from "./arguments.ts"
import type { Host } from "./host.ts"
import {
  readAccess,
  readBranch,
  readEnvelope,
  readRepository,
  readSecretId,
} from "./secret-arguments.ts"
import {
  bytesOf,
  findSecret,
  hasSecret,
  listSecrets,
  type Secret,
  type SecretId,
} from "./secret-records.ts"
import { YOCTO_PER_BYTE } from "./stake.ts"

const ID = ["repo", "branch", "profile", "owner"]

/** That of the branch, else that of every branch; `branch` says which it is. */
export function getSecrets(host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ID)
  const id = readSecretId(fields, readAccountId(fields["owner"], "owner"))
  const exact = findSecret(host, id)
  const everyBranch = { ...id, branch: null }
  const secret = exact ?? findSecret(host, everyBranch)
  if (!secret) return null
  const described = describe(host, exact ? id : everyBranch, secret)
  return { ...described, encrypted_secrets: secret.envelope }
}

/** Of exactly that branch. */
export function secretsExist(host: Host, args: unknown): boolean {
  const fields = readFields(args, "arguments", ID)
  return hasSecret(host, readSecretId(fields, readAccountId(fields["owner"], "owner")))
}

export function listUserSecrets(host: Host, args: unknown): unknown[] {
  const fields = readFields(args, "arguments", ["account_id", "from_index", "limit"])
  const owner = readAccountId(fields["account_id"], "account_id")
  const { from, limit } = readPage(fields)
  return listSecrets(host, owner, from, limit).map((id) => {
    const secret = findSecret(host, id)
    return secret && describe(host, id, secret)
  })
}

/** The profiles that `get_secrets` finds for a branch. */
export function listProfiles(host: Host, args: unknown): string[] {
  const fields = readFields(args, "arguments", ["repo", "branch", "owner"])
  const owner = readAccountId(fields["owner"], "owner")
  const repo = readRepository(fields["repo"])
  const branch = readBranch(fields["branch"])
  const found = listSecrets(host, owner, 0, LIMITS.secretsPerAccount).filter(
    (id) => id.repo === repo && (id.branch === branch || id.branch === null),
  )
  return [...new Set(found.map(({ profile }) => profile))].sort()
}

/** Yocto NEAR for a secret that is not there yet; an update pays or gets the difference. */
export function estimateStorageCost(host: Host, args: unknown): string {
  const fields = readFields(args, "arguments", [...ID, "encrypted_secrets_base64", "access"])
  const id = readSecretId(fields, readAccountId(fields["owner"], "owner"))
  const now = String(host.blockTimestamp())
  return costOf(host, id, {
    envelope: readEnvelope(host, fields["encrypted_secrets_base64"], "encrypted_secrets_base64"),
    access: readAccess(host, fields["access"]),
    createdAt: now,
    updatedAt: now,
  })
}

function describe(host: Host, id: SecretId, secret: Secret) {
  return {
    repo: id.repo,
    branch: id.branch,
    profile: id.profile,
    owner: id.owner,
    access: secret.access,
    created_at: secret.createdAt,
    updated_at: secret.updatedAt,
    storage_deposit: costOf(host, id, secret),
  }
}

function costOf(host: Host, id: SecretId, secret: Secret): string {
  return String(BigInt(bytesOf(host, id, secret)) * YOCTO_PER_BYTE)
}
