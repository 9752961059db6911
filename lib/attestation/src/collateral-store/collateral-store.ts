/**
 * Verified collateral by platform family: from disk while it is good, fetched anew every day and
 * before it ends, and only ever replaced by newer. It never comes from who is to be judged by it.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { nodePrimitives } from "../primitives.ts"
import {
  type Collateral,
  type CollateralFacts,
  type Reason,
  readCollateral,
  type RefusalData,
  supersedes,
} from "../pure/index.ts"
import { type CollateralSource, fetchCollateral } from "./fetch-collateral.ts"

export interface CollateralStoreOptions {
  readonly source: CollateralSource
  readonly directory: string
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** Unix seconds of a clock that is trusted. */
  readonly now: () => number
  /** Told of what the store coped with: a source that is down, or that answers with older collateral. */
  readonly onTrouble?: (trouble: CollateralTrouble) => void
}

export interface CollateralTrouble {
  readonly fmspc: string
  readonly problem: "unreachable" | "refused" | "older" | "cache_unreadable"
  readonly detail: string
}

export interface StoredCollateral {
  readonly collateral: Collateral
  readonly facts: CollateralFacts
}

export interface CollateralStore {
  /** Good now. Rejects with `CollateralUnavailable`. `fmspc`: 6 bytes, hex. */
  readonly get: (fmspc: string) => Promise<StoredCollateral>
}

export class CollateralUnavailable extends Error {
  readonly code = "collateral_unavailable"
  /** Of what was fetched, when it was refused. */
  readonly reason: Reason | undefined

  constructor(fmspc: string, cause: unknown, reason?: Reason) {
    super(`no collateral for platform family ${fmspc}`, { cause })
    this.name = "CollateralUnavailable"
    this.reason = reason
  }
}

interface Entry extends StoredCollateral {
  /** Unix seconds: from then on the source is asked anew. */
  readonly askAt: number
}

/** A TCB recovery is published between renewals, so good collateral is asked for anew too. */
const REFRESH_SECONDS = 86_400
/** Before the end, an outage of the source is survived for this long. */
const RENEW_BEFORE_SECONDS = 7 * 86_400
/** Between attempts while there is collateral to go on with. */
const RETRY_SECONDS = 300

export function createCollateralStore(options: CollateralStoreOptions): CollateralStore {
  const { source, directory, rootCertificate, now, onTrouble } = options
  const entries = new Map<string, Entry>()
  const underWay = new Map<string, Promise<StoredCollateral>>()

  function verify(collateral: Collateral) {
    return readCollateral(collateral, rootCertificate, now(), nodePrimitives)
  }

  async function load(fmspc: string): Promise<Entry | undefined> {
    const known = entries.get(fmspc)
    if (known) return known
    try {
      const stored = JSON.parse(await readFile(fileOf(fmspc), "utf8")) as Collateral
      const facts = verify(stored)
      // What the disk says is judged like what the network says.
      if (facts.ok && facts.value.fmspc === fmspc) {
        return { collateral: stored, facts: facts.value, askAt: 0 }
      }
    } catch (error) {
      if (!isMissingFile(error)) tell(fmspc, "cache_unreadable", String(error))
    }
    return undefined
  }

  async function get(fmspc: string): Promise<StoredCollateral> {
    const current = await load(fmspc)
    const isGood = current !== undefined && isValid(current.facts)
    if (isGood && now() < current.askAt) return current
    try {
      const fresh = await renew(fmspc, current)
      entries.set(fmspc, fresh)
      return fresh
    } catch (error) {
      if (!isGood) throw toUnavailable(fmspc, error)
      tell(fmspc, error instanceof Refused ? "refused" : "unreachable", String(error))
      entries.set(fmspc, { ...current, askAt: now() + RETRY_SECONDS })
      return current
    }
  }

  async function renew(fmspc: string, current: Entry | undefined): Promise<Entry> {
    const collateral = await fetchCollateral(source, fmspc)
    const facts = verify(collateral)
    if (!facts.ok) throw new Refused(facts)
    if (facts.value.fmspc !== fmspc) throw new Error(`of another family: ${facts.value.fmspc}`)
    const fresh = { collateral, facts: facts.value, askAt: nextAskAt(facts.value) }
    if (current && !supersedes(fresh.facts, current.facts)) {
      if (!isValid(current.facts)) throw new Error("older than what has ended already")
      tell(fmspc, "older", `evaluation number ${facts.value.evaluationNumber.tcbInfo}`)
      return { ...current, askAt: nextAskAt(current.facts) }
    }
    await save(fmspc, collateral)
    return fresh
  }

  async function save(fmspc: string, collateral: Collateral): Promise<void> {
    await mkdir(directory, { recursive: true })
    const temporary = `${fileOf(fmspc)}.${process.pid}.new`
    await writeFile(temporary, JSON.stringify(collateral), { mode: 0o600 })
    await rename(temporary, fileOf(fmspc))
  }

  function nextAskAt({ validUntil }: CollateralFacts): number {
    const soon = now() + RETRY_SECONDS
    return Math.max(soon, Math.min(now() + REFRESH_SECONDS, validUntil - RENEW_BEFORE_SECONDS))
  }

  function isValid({ validFrom, validUntil }: CollateralFacts): boolean {
    return now() >= validFrom && now() <= validUntil
  }

  function fileOf(fmspc: string): string {
    return join(directory, `${fmspc}.json`)
  }

  function tell(fmspc: string, problem: CollateralTrouble["problem"], detail: string): void {
    onTrouble?.({ fmspc, problem, detail })
  }

  return {
    async get(given) {
      const fmspc = given.toLowerCase()
      // It becomes part of a path and of an address.
      if (!/^[0-9a-f]{12}$/.test(fmspc)) throw new TypeError("an FMSPC is 6 bytes of hex")
      const running = underWay.get(fmspc)
      if (running) return await running
      const promise = get(fmspc).finally(() => underWay.delete(fmspc))
      underWay.set(fmspc, promise)
      return await promise
    },
  }
}

class Refused extends Error {
  readonly reason: Reason

  constructor({ reason, detail }: RefusalData) {
    super(`${reason}: ${detail}`)
    this.reason = reason
  }
}

function toUnavailable(fmspc: string, error: unknown): CollateralUnavailable {
  return new CollateralUnavailable(
    fmspc,
    error,
    error instanceof Refused ? error.reason : undefined,
  )
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
