/** What the owner of a secret does with it. Its storage is priced by the byte that it takes. */
import { isAbsent, readFields } from "./arguments.ts"
import type { Host } from "./host.ts"
import { pay } from "./payout.ts"
import { readAccess, readEnvelope, readSecretId } from "./secret-arguments.ts"
import { findSecret, putSecret, removeSecret } from "./secret-records.ts"
import { YOCTO_PER_BYTE } from "./stake.ts"

const ID = ["repo", "branch", "profile"]

export function storeSecrets(host: Host, args: unknown): void {
  const fields = readFields(args, "arguments", [...ID, "encrypted_secrets_base64", "access"])
  const id = readSecretId(fields, host.predecessor())
  const envelope = readEnvelope(
    host,
    fields["encrypted_secrets_base64"],
    "encrypted_secrets_base64",
  )
  const access = readAccess(host, fields["access"])
  const now = String(host.blockTimestamp())
  const createdAt = findSecret(host, id)?.createdAt ?? now
  pricing(host, () => putSecret(host, id, { envelope, access, createdAt, updatedAt: now }))
}

export function updateAccess(host: Host, args: unknown): void {
  const fields = readFields(args, "arguments", [...ID, "access", "new_access"])
  const id = readSecretId(fields, host.predecessor())
  const name = isAbsent(fields["access"]) ? "new_access" : "access"
  const access = readAccess(host, fields[name])
  const secret = findSecret(host, id)
  if (!secret) throw new Error("Secrets not found")
  const updatedAt = String(host.blockTimestamp())
  pricing(host, () => putSecret(host, id, { ...secret, access, updatedAt }))
}

export function deleteSecrets(host: Host, args: unknown): void {
  const id = readSecretId(readFields(args, "arguments", ID), host.predecessor())
  pricing(host, () => {
    if (!removeSecret(host, id)) throw new Error("Secrets not found")
  })
}

/** Takes from the deposit what a change stakes more, and returns the rest with what it frees. */
function pricing(host: Host, change: () => void): void {
  const before = host.storageUsage()
  change()
  const due = (host.storageUsage() - before) * YOCTO_PER_BYTE
  const deposit = host.deposit()
  if (deposit < due) {
    throw new Error(
      `Insufficient storage deposit: required ${due} yoctoNEAR, got ${deposit} yoctoNEAR`,
    )
  }
  const owner = host.predecessor()
  pay(host, owner, deposit - due, owner)
}
