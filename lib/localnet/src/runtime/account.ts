import type { KeyPermission } from "../vm/vm.ts"

export interface Account {
  readonly amount: bigint
  /** Staked. */
  readonly locked: bigint
  /** Absent: no contract. */
  readonly codeHash: Uint8Array | undefined
  /** Bytes. */
  readonly storageUsage: bigint
}

export interface AccessKey {
  readonly nonce: bigint
  readonly permission: KeyPermission
}

/** Length in borsh, which storage is paid by. */
export function accessKeySize({ permission }: AccessKey): bigint {
  const nonceAndTag = 8 + 1
  if (permission.kind === "full_access") return BigInt(nonceAndTag)
  const allowance = permission.allowance === undefined ? 1 : 1 + 16
  const names = permission.methodNames.reduce((sum, name) => sum + 4 + Buffer.byteLength(name), 4)
  return BigInt(nonceAndTag + allowance + 4 + permission.receiverId.length + names)
}
