/** A story of secrets: machines, a keystore, and a hostile coordinator in the midst of it. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { SignedRecord } from "@outlayer/protocol"
import type { StackOptions } from "@outlayer/stack"
import { story, type System } from "../system.ts"
import type { HostileCoordinator } from "./coordinator.ts"

export interface Secrets {
  hostile: HostileCoordinator
  /** What the keystore has on record, of all owners. */
  readRecords: () => Promise<SignedRecord["record"][]>
}

export function secretsStory(options: Partial<StackOptions> = {}) {
  // Many at a time make many blocks.
  return story({ tee: true, yieldTimeoutBlocks: 5_000, ...options }).extend(
    "secrets",
    { scope: "file" },
    ({ system }): Secrets => openSecrets(system),
  )
}

function openSecrets({ repositories, hostile }: System): Secrets {
  if (!hostile) throw new Error("The coordinator is honest")
  return {
    hostile,
    async readRecords() {
      const file = join(repositories.folder, "../keystore-records.jsonl")
      const lines = (await readFile(file, "utf8")).trim().split("\n").filter(Boolean)
      return lines.map((line) => SignedRecord.parse(JSON.parse(line)).record)
    },
  }
}

/** FNV-1a of 64 bits, as the probe computes it: shows that it knows a value. */
export function fnv(value: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(value)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, "0")
}
