import { createHash } from "node:crypto"

/**
 * Where ids come from, as in nearcore: sha256(base ++ height ++ salt), both numbers as 8 bytes, little-endian. All are hex
 * here.
 */
export function derivedId(base: string, height: number, salt: bigint): string {
  const bytes = Buffer.alloc(48)
  bytes.write(base, 0, "hex")
  bytes.writeBigUInt64LE(BigInt(height), 32)
  bytes.writeBigUInt64LE(salt, 40)
  return sha256Hex(bytes)
}

/** From it come the data ids and the random seed of one action. */
export function actionHash(receiptId: string, height: number, actionIndex: number): string {
  return derivedId(receiptId, height, 2n ** 64n - 1n - BigInt(actionIndex))
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function sha256Hex(...parts: readonly Uint8Array[]): string {
  return Buffer.from(sha256(...parts)).toString("hex")
}
