import { sha256Hex } from "../runtime/ids.ts"

/** Names only: nothing is elected. The first two epochs have NEAR's id of zeros. */
export function epochIds(epochHeight: number): { epochId: string; nextEpochId: string } {
  return { epochId: epochName(epochHeight), nextEpochId: epochName(epochHeight + 1) }
}

function epochName(epochHeight: number): string {
  return epochHeight <= 2 ? "00".repeat(32) : digest("epoch", epochHeight)
}

export function digest(...parts: readonly (string | number | bigint)[]): string {
  return sha256Hex(Buffer.from(parts.join(" ")))
}
