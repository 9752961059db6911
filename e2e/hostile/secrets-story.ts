/** A story of secrets: the system with a hostile coordinator in the midst of it. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { SignedRecord } from "@outlayer/protocol"
import { expect } from "vitest"
import { story, type System } from "../system.ts"
import { type HostileCoordinator, spellings, startHostileCoordinator } from "./coordinator.ts"

export interface Secrets {
  hostile: HostileCoordinator
  /** A value that nobody but its owner and a guest may ever know. */
  invent: (name: string) => string
  /** What the keystore has on record, of all owners. */
  readRecords: () => Promise<SignedRecord["record"][]>
  /** None of the values that were invented has passed the coordinator, or stands in a log. */
  expectUnknown: () => void
}

export function secretsStory() {
  return story({
    tee: true,
    // Many at a time make many blocks.
    yieldTimeoutBlocks: 5_000,
    between: async (coordinatorUrl) => {
      started = await startHostileCoordinator(coordinatorUrl)
      return started
    },
  }).extend("secrets", { scope: "file" }, ({ system }): Secrets => openSecrets(system))
}

let started: HostileCoordinator | undefined

function openSecrets({ repositories, logs }: System): Secrets {
  const hostile = started
  if (!hostile) throw new Error("The coordinator is honest")
  const invented: string[] = []
  return {
    hostile,
    invent(name) {
      const value = `${name}-${crypto.randomUUID()}`
      invented.push(value)
      return value
    },
    async readRecords() {
      const file = join(repositories.folder, "../keystore-records.jsonl")
      const lines = (await readFile(file, "utf8")).trim().split("\n").filter(Boolean)
      return lines.map((line) => SignedRecord.parse(JSON.parse(line)).record)
    },
    expectUnknown() {
      const said = logs.map((line) => JSON.stringify(line)).join("\n")
      expect(said.length).toBeGreaterThan(0)
      for (const value of invented) {
        expect(hostile.hasSeen(value)).toBe(false)
        expect(spellings(value).filter((spelling) => said.includes(spelling))).toEqual([])
      }
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
