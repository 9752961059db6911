/** A directory of quotes, collateral and expected verdicts: `tdx-vectors/1`, `tdx-collateral/1`. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Collateral, INTEL_ROOT_BASE64, type LogEvent } from "../pure/index.ts"

export interface VectorSet {
  readonly directory: string
  readonly quotes: readonly QuoteVector[]
  readonly cases: readonly Case[]
  /** DER: Intel's, unless the set brings its own, as a synthetic one must. */
  readonly root: Uint8Array
  readonly isSynthetic: boolean
  readonly collateralFiles: ReadonlyMap<string, string>
}

export interface QuoteVector {
  readonly id: string
  readonly file: string
  readonly tee: string
  readonly report?: Readonly<Record<string, string>>
  readonly eventLog?: { readonly file: string; readonly claims: Readonly<Record<string, string>> }
}

export interface Case {
  readonly id: string
  readonly quote: string
  readonly collateral: string | null
  /** Unix seconds. */
  readonly now: number | null
  readonly expect: {
    /** null: either verdict is right. */
    readonly accept: boolean | null
    readonly reasons: readonly string[]
    readonly tcb: ExpectedTcb | null
  }
}

export interface ExpectedTcb {
  readonly status: string
  readonly platform: string
  readonly module: string | null
  readonly qe: string
  readonly advisoryIds: readonly string[]
  readonly current?: string
}

export async function readVectorSet(directory: string): Promise<VectorSet> {
  const expected = (await readJson(join(directory, "expected.json"))) as {
    format: string
    quotes: QuoteVector[]
    cases: Case[]
    collateral: { id: string; file: string }[]
    rootCertificate?: string
  }
  if (expected.format !== "tdx-vectors/1") throw new Error(`unknown format ${expected.format}`)
  const { quotes, cases, collateral, rootCertificate } = expected
  return {
    directory,
    quotes,
    cases,
    root: Buffer.from(rootCertificate ?? INTEL_ROOT_BASE64, "base64"),
    isSynthetic: rootCertificate !== undefined,
    collateralFiles: new Map(collateral.map(({ id, file }) => [id, file])),
  }
}

export async function readQuoteOf(set: VectorSet, id: string): Promise<Uint8Array> {
  const quote = set.quotes.find((one) => one.id === id)
  if (!quote) throw new Error(`no quote ${id}`)
  return await readFile(join(set.directory, quote.file))
}

export async function readCollateralOf(set: VectorSet, id: string): Promise<Collateral> {
  const file = set.collateralFiles.get(id)
  if (file === undefined) throw new Error(`no collateral ${id}`)
  const collateral = (await readJson(join(set.directory, file))) as Partial<Collateral>
  // Some published sets lack a CRL; to the verifier that is an empty one.
  return { pckCrl: "", rootCaCrl: "", ...collateral } as Collateral
}

export async function readEventLogOf(set: VectorSet, file: string): Promise<readonly LogEvent[]> {
  const log = (await readJson(join(set.directory, file))) as { events: LogEvent[] }
  return log.events
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"))
}
