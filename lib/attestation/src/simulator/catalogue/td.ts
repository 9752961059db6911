/** What a genuine TD may be: its attributes, its measurements and what its REPORTDATA binds. */
import type { KeyOrigin, TdReport } from "../../pure/index.ts"
import { keyOriginOf } from "../event-log.ts"
import { REPORT } from "../quote.ts"
import type { Change, Group, Verdict } from "./case.ts"
import { list, tcb } from "./collateral.ts"
import { COMPOSE_HASH, REPORT_DATA, type ScenarioChanges } from "./scenario.ts"
import type { JsonObject } from "../collateral.ts"

const LATER = { version: 5, bodyType: "td1.5" } as const
const EXTENDED = { version: 5, bodyType: "td1.5ex" } as const
const ELEVENS = "11".repeat(48)
const { mrTd, rtmr0, rtmr1, rtmr2 } = REPORT
const usual = keyOriginOf({ composeHash: COMPOSE_HASH })
const ORIGIN: KeyOrigin = {
  keyProvider: usual.key_provider,
  keyProviderId: usual.key_provider_id,
  appId: usual.app_id,
}
const APPROVED = { mrTd, rtmr0, rtmr1, rtmr2, composeHash: COMPOSE_HASH }

export const td: Group = {
  "the usual TD": ["accept", {}],
  ...Object.fromEntries(
    [1, 2, 4, 8, 16, 32, 64, 128].map(
      (bit) =>
        [
          `bit ${Math.log2(bit)} of the attributes`,
          [
            bit === 1 ? "td_debug" : "td_attributes",
            attributes(hexByte(bit), "000010", "00000000"),
          ],
        ] satisfies [string, readonly [Verdict, Change]],
    ),
  ),
  "DEBUG, where the policy would take it": [
    "td_debug",
    { ...attributes("01", "000010", "00000000"), policy: { tdAttributes: "0100001000000000" } },
  ],
  "SEPT_VE_DISABLE off": ["td_sept_ve", attributes("00", "000000", "00000000")],
  MIGRATABLE: ["td_migratable", attributes("00", "000030", "00000000")],
  PKS: ["td_key_features", attributes("00", "000050", "00000000")],
  KL: ["td_key_features", attributes("00", "000090", "00000000")],
  PERFMON: ["td_perfmon", attributes("00", "000010", "00000080")],
  "an attribute that nobody knows": ["td_attributes", attributes("00", "010010", "00000000")],
  "PKS, where the policy demands it": [
    "accept",
    { ...attributes("00", "000050", "00000000"), policy: { tdAttributes: "0000005000000000" } },
  ],
  "no PKS, where the policy demands it": [
    "td_attributes",
    { policy: { tdAttributes: "0000005000000000" } },
  ],
  "XFAM of another cloud": ["accept", report({ xfam: "e718060000000000" })],
  "XFAM that is not on the list": ["td_xfam", report({ xfam: "e71a060000000000" })],
  "MRSIGNERSEAM, though TCB info names it": ["td_seam", otherModule],
  "a service TD": ["td_service_td", { quote: { ...LATER, report: { mrServiceTd: ELEVENS } } }],
  "a service TD that migrated it": ["td_extension", extended(81)],
  "a device": ["td_extension", extended(33)],
  "a partition": ["td_extension", extended(0)],
  "the last byte of what TD 1.5ex adds": ["td_extension", extended(236)],

  "a nibble of MRTD": ["measurement", report({ mrTd: nibble(mrTd) })],
  "a nibble of RTMR0": ["measurement", report({ rtmr0: nibble(rtmr0) })],
  "a nibble of RTMR1": ["measurement", report({ rtmr1: nibble(rtmr1) })],
  "a nibble of RTMR2": ["measurement", report({ rtmr2: nibble(rtmr2) })],
  "another compose hash": [
    "measurement",
    { policy: { measurements: [{ ...APPROVED, composeHash: "c1".repeat(32) }] } },
  ],
  "the approved origin of its keys": ["accept", fromOrigin({})],
  "keys of another kind of provider": ["measurement", fromOrigin({ keyProvider: "kms" })],
  "keys of another provider": ["measurement", fromOrigin({ keyProviderId: "ab".repeat(32) })],
  "keys of another app": ["measurement", fromOrigin({ appId: "ab".repeat(20) })],
  "one approved release of two": [
    "accept",
    { policy: { measurements: [{ ...APPROVED, rtmr1: ELEVENS, rtmr2: ELEVENS }, APPROVED] } },
  ],
  "a tuple mixed from two approved releases": [
    "measurement",
    {
      policy: {
        measurements: [
          { ...APPROVED, rtmr1: ELEVENS },
          { ...APPROVED, rtmr2: ELEVENS },
        ],
      },
    },
  ],
  "a measurement that was withdrawn": ["measurement", { policy: { measurements: [] } }],

  "bit 0 of REPORTDATA": ["report_data", bound(0)],
  "a bit of byte 31 of REPORTDATA": ["report_data", bound(31)],
  "a bit of byte 32 of REPORTDATA": ["report_data", bound(32)],
  "a bit of byte 63 of REPORTDATA": ["report_data", bound(63)],
  "the first half of REPORTDATA and zeros": [
    "report_data",
    report({
      reportData: Buffer.from(REPORT_DATA.subarray(0, 32)).toString("hex").padEnd(128, "0"),
    }),
  ],
  "the first half of what it must bind": [
    "report_data",
    { reportData: REPORT_DATA.subarray(0, 32) },
  ],
}

/** Approved with that origin; the quote's stays the usual one. */
function fromOrigin(changes: Partial<KeyOrigin>): ScenarioChanges {
  return { policy: { measurements: [{ ...APPROVED, keyOrigin: { ...ORIGIN, ...changes } }] } }
}

function report(changes: Partial<TdReport>): ScenarioChanges {
  return { quote: { report: changes } }
}

function attributes(...parts: readonly [string, string, string]): ScenarioChanges {
  return report({ tdAttributes: parts.join("") })
}

/** A byte of what TD 1.5ex adds. */
function extended(at: number): ScenarioChanges {
  const ext = Buffer.alloc(237)
  ext[at] = 1
  return { quote: { ...EXTENDED, report: { ext: ext.toString("hex") } } }
}

function bound(at: number): ScenarioChanges {
  return { reportData: REPORT_DATA.with(at, (REPORT_DATA[at] ?? 0) ^ 1) }
}

/** Intel's modules are the ones of an all-zero signer; TCB info that says otherwise changes nothing. */
function otherModule(): ScenarioChanges {
  const named = { mrsigner: ELEVENS.toUpperCase() }
  return {
    ...tcb((info) => ({
      ...info,
      tdxModuleIdentities: list(info, "tdxModuleIdentities").map((identity) => ({
        ...(identity as JsonObject),
        ...named,
      })),
    })),
    ...report({ mrSignerSeam: ELEVENS }),
  }
}

function nibble(hex: string): string {
  return `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0")
}
