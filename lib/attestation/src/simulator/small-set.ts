/**
 * A small set of synthetic quotes in the format of the published ones (`tdx-vectors/1`), so that a
 * clone without those tests the same code. Its bytes are the same whenever it is made.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Collateral, parseQuote, type Reason, type TdReport } from "../pure/index.ts"
import { nodePrimitives } from "../primitives.ts"
import { createCollateral, type CollateralChanges, type JsonObject } from "./collateral.ts"
import { bootEvents, replay } from "./event-log.ts"
import { createPki } from "./pki.ts"
import { createQuote, type QuoteChanges } from "./quote.ts"

const NOW = 1_792_000_000
const HOUR = 3600
const DAY = 24 * HOUR
const SEED = Buffer.from("the small set of synthetic quotes")
const PKI = createPki(SEED)
const STRANGERS = createPki(Buffer.from("somebody else's machines"))
const COMPOSE_HASH = "5e".repeat(32)
const BOOT = bootEvents({ composeHash: COMPOSE_HASH })
const BOOTED = { rtmr3: replay(BOOT) }

const QUOTES: Readonly<Record<string, Uint8Array>> = {
  "v4-td10": quote(),
  "v5-td10": quote({ version: 5 }),
  "v5-td15": quote({ version: 5, bodyType: "td1.5" }),
  "v5-td15ex": quote({ version: 5, bodyType: "td1.5ex" }),
  "updated-under-td": quote(later({ teeTcbSvn: svn("060104"), teeTcbSvn2: svn("0b0104") })),
  "service-td": quote(later({ mrServiceTd: "22".repeat(48) })),
  "debug-td": quote({ report: { tdAttributes: "0100001000000000" } }),
  "old-module": quote({ report: { teeTcbSvn: svn("060104") } }),
  "too-old-module": quote({ report: { teeTcbSvn: svn("050104") } }),
  "flipped-bit": patched((bytes) => bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200)),
  "sgx-tee": patched((bytes) => bytes.writeUInt32LE(0, 4)),
  "text-behind": Buffer.concat([quote(), Buffer.from("text")]),
  "other-root": createQuote(STRANGERS),
}

const COLLATERAL: Readonly<Record<string, Collateral>> = {
  usual: collateral(),
  "next-evaluation": collateral({ tcbInfo: nextEvaluation }),
  "revoked-pck": collateral({ pckCrl: { revoked: [PKI.pck.serial] } }),
  "stale-pck-crl": collateral({ pckCrl: { nextUpdate: NOW - 1 } }),
  "no-pck-crl": { ...collateral(), pckCrl: "" },
  "other-family": collateral({ tcbInfo: (info) => ({ ...info, fmspc: "00806F050000" }) }),
  "lifecycle-note": collateral({ tcbInfo: (info) => withAdvisory(info, "INTEL-DOC-00001") }),
  "advisory-beside-up-to-date": collateral({
    tcbInfo: (info) => withAdvisory(info, "INTEL-SA-00001"),
  }),
}

/** Name, quote, collateral, what must be said, and when. */
const CASES: readonly (readonly [string, string, string | null, "accept" | Reason, number?])[] = [
  ["v4", "v4-td10", "usual", "accept"],
  ["v5", "v5-td10", "usual", "accept"],
  ["v5-td15", "v5-td15", "usual", "accept"],
  ["v5-td15ex", "v5-td15ex", "usual", "accept"],
  ["last-second", "v4-td10", "usual", "accept", NOW - HOUR + 30 * DAY],
  ["second-after-the-last", "v4-td10", "usual", "crl_expired", NOW - HOUR + 30 * DAY + 1],
  ["second-before-the-first", "v4-td10", "usual", "crl_not_yet_valid", NOW - HOUR - 1],
  ["rollback", "v4-td10", "next-evaluation", "tcb_status"],
  ["lifecycle-note", "v4-td10", "lifecycle-note", "accept"],
  ["advisory-beside-up-to-date", "v4-td10", "advisory-beside-up-to-date", "tcb_advisory"],
  ["relaunch-advised", "updated-under-td", "usual", "tcb_status"],
  ["old-module", "old-module", "usual", "tcb_status"],
  ["too-old-module", "too-old-module", "usual", "tcb_no_level"],
  ["debug-td", "debug-td", "usual", "td_debug"],
  ["service-td", "service-td", "usual", "td_service_td"],
  ["flipped-bit", "flipped-bit", "usual", "quote_signature"],
  ["text-behind", "text-behind", "usual", "trailing_bytes"],
  ["sgx-tee", "sgx-tee", null, "wrong_tee"],
  ["other-root", "other-root", "usual", "untrusted_root"],
  ["revoked-pck", "v4-td10", "revoked-pck", "certificate_revoked"],
  ["stale-pck-crl", "v4-td10", "stale-pck-crl", "crl_expired"],
  ["no-pck-crl", "v4-td10", "no-pck-crl", "crl_missing"],
  ["other-family", "v4-td10", "other-family", "fmspc_mismatch"],
]

/** Path to content. */
export function smallSet(): ReadonlyMap<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>()
  for (const [id, bytes] of Object.entries(QUOTES)) files.set(`quotes/${id}.bin`, bytes)
  for (const [id, parts] of Object.entries(COLLATERAL)) {
    files.set(`collateral/${id}.json`, toJson({ format: "tdx-collateral/1", id, ...parts }))
  }
  files.set("event-logs/v4-td10.json", toJson({ format: "tdx-event-log/1", events: BOOT }))
  files.set("expected.json", toJson(expected()))
  return files
}

export async function writeSmallSet(directory: string): Promise<void> {
  for (const [path, content] of smallSet()) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
}

function expected(): object {
  return {
    format: "tdx-vectors/1",
    // Whose root it is, since it is not Intel's.
    rootCertificate: Buffer.from(PKI.root.certificate).toString("base64"),
    quotes: Object.entries(QUOTES).map(([id, bytes]) => {
      const parsed = parseQuote(bytes, nodePrimitives)
      const log = { file: "event-logs/v4-td10.json", claims: { "compose-hash": COMPOSE_HASH } }
      return {
        id,
        file: `quotes/${id}.bin`,
        tee: "TDX",
        ...(parsed.ok ? { report: parsed.value.report } : {}),
        ...(id === "v4-td10" ? { eventLog: log } : {}),
      }
    }),
    collateral: Object.keys(COLLATERAL).map((id) => ({ id, file: `collateral/${id}.json` })),
    cases: CASES.map(([id, quoteId, collateralId, verdict, now = NOW]) => ({
      id,
      quote: quoteId,
      collateral: collateralId,
      now,
      expect: {
        accept: verdict === "accept",
        reasons: verdict === "accept" ? [] : [verdict],
        tcb: null,
      },
    })),
  }
}

function quote(changes: QuoteChanges = {}): Uint8Array {
  return createQuote(PKI, { ...changes, report: { ...BOOTED, ...changes.report } })
}

function later(report: Partial<TdReport>): QuoteChanges {
  return { version: 5, bodyType: "td1.5", report }
}

function patched(change: (bytes: Buffer) => unknown): Uint8Array {
  const bytes = Buffer.from(quote())
  change(bytes)
  return bytes
}

function collateral(changes?: CollateralChanges): Collateral {
  return createCollateral(PKI, NOW - HOUR, changes)
}

/** A recovery: what was up to date is not any more, at the same second. */
function nextEvaluation(info: JsonObject): JsonObject {
  return {
    ...info,
    tcbEvaluationDataNumber: 21,
    tcbLevels: levelsOf(info).map((level) => ({ ...level, tcbStatus: "OutOfDate" })),
  }
}

function withAdvisory(info: JsonObject, id: string): JsonObject {
  return { ...info, tcbLevels: levelsOf(info).map((level) => ({ ...level, advisoryIDs: [id] })) }
}

function levelsOf(info: JsonObject): readonly JsonObject[] {
  return info["tcbLevels"] as readonly JsonObject[]
}

function svn(start: string): string {
  return start.padEnd(32, "0")
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
