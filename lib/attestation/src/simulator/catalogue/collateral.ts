/** TCB info and QE identity, signed anew after they were changed, and signatures that are of other bytes. */
import type { Json, JsonObject } from "../collateral.ts"
import type { Change, Group } from "./case.ts"

export const collateral: Group = {
  "the usual collateral": ["accept", {}],
  "levels in another order": [
    "accept",
    tcb((info) => ({ ...info, tcbLevels: list(info, "tcbLevels").toReversed() })),
  ],
  "module levels in another order": [
    "accept",
    tcb((info) => ({
      ...info,
      tdxModuleIdentities: list(info, "tdxModuleIdentities").toReversed(),
    })),
  ],
  "fields that nobody knows": ["accept", tcb((info) => ({ ...info, new: [{ field: 1 }] }))],
  "a QE identity one evaluation behind": [
    "accept",
    {
      collateral: { qeIdentity: set("tcbEvaluationDataNumber", 19) },
      policy: { minimumEvaluationNumber: 19 },
    },
  ],
  "in its last second": ["accept", (now) => tcb(set("nextUpdate", iso(now)))],

  "TCB info past its next update": [
    "collateral_expired",
    (now) => tcb(set("nextUpdate", iso(now - 1))),
  ],
  "TCB info from the future": [
    "collateral_not_yet_valid",
    (now) => tcb(set("issueDate", iso(now + 1))),
  ],
  "QE identity past its next update": [
    "collateral_expired",
    (now) => qe(set("nextUpdate", iso(now - 1))),
  ],
  "QE identity from the future": [
    "collateral_not_yet_valid",
    (now) => qe(set("issueDate", iso(now + 1))),
  ],
  "a next update that is no date": ["collateral_malformed", tcb(set("nextUpdate", "never"))],
  "30 February": ["collateral_malformed", tcb(set("issueDate", "2026-02-30T00:00:00Z"))],
  "a date with milliseconds": [
    "collateral_malformed",
    tcb(set("issueDate", "2026-02-03T00:00:00.000Z")),
  ],
  "a date with an offset": [
    "collateral_malformed",
    tcb(set("issueDate", "2026-02-03T00:00:00+01:00")),
  ],
  "a date that is a number": ["collateral_malformed", qe(set("issueDate", 1_700_000_000))],

  "TCB info of SGX": ["tcb_info_wrong_tee", tcb(set("id", "SGX"))],
  "TCB info of version 2": ["tcb_info_version", tcb(set("version", 2))],
  "TCB info of version 3 as text": ["tcb_info_version", tcb(set("version", "3"))],
  "TCB info of an unknown type": ["collateral_malformed", tcb(set("tcbType", 1))],
  "QE identity of SGX": ["qe_identity_wrong_tee", qe(set("id", "QE"))],
  "QE identity of version 3": ["qe_identity_version", qe(set("version", 3))],
  "another platform family": ["fmspc_mismatch", tcb(set("fmspc", "00806F050000"))],
  "another provisioning enclave": ["pce_id_mismatch", tcb(set("pceId", "0001"))],
  "an FMSPC of 5 bytes": ["collateral_malformed", tcb(set("fmspc", "00806F0500"))],
  "15 components": ["collateral_malformed", components((all) => all.slice(1))],
  "17 components": ["collateral_malformed", components((all) => [...all, { svn: 0 }])],
  "an SVN of 256": ["collateral_malformed", components((all) => [{ svn: 256 }, ...all.slice(1)])],
  "an SVN below 0": ["collateral_malformed", components((all) => [{ svn: -1 }, ...all.slice(1)])],
  "an SVN of 1.5": ["collateral_malformed", components((all) => [{ svn: 1.5 }, ...all.slice(1)])],
  "an SVN as text": ["collateral_malformed", components((all) => [{ svn: "4" }, ...all.slice(1)])],
  "no levels": ["collateral_malformed", tcb((info) => ({ ...info, tcbLevels: null }))],
  "a status that nobody knows": [
    "collateral_malformed",
    levels((level) => ({ ...level, tcbStatus: "Fine" })),
  ],
  "advisories that are no list": [
    "collateral_malformed",
    levels((level) => ({ ...level, advisoryIDs: "INTEL-SA-1" })),
  ],
  "no TDX module": ["collateral_malformed", tcb((info) => ({ ...info, tdxModule: null }))],

  "a key twice in TCB info": [
    "collateral_malformed",
    { collateral: { tcbInfoText: (text) => text.replace("{", '{"version":2,') } },
  ],
  "a key twice inside of TCB info": [
    "collateral_malformed",
    { collateral: { tcbInfoText: (text) => text.replace('{"svn":4}', '{"svn":0,"svn":4}') } },
  ],
  "a key twice in QE identity": [
    "collateral_malformed",
    { collateral: { qeIdentityText: (text) => text.replace("{", '{"isvprodid":2,') } },
  ],
  "white space in TCB info": [
    "collateral_malformed",
    { collateral: { tcbInfoText: (text) => text.replace(",", ", ") } },
  ],
  "TCB info that is no JSON": [
    "collateral_malformed",
    { collateral: { tcbInfoText: (text) => text.slice(1) } },
  ],
  "TCB info that is no object": [
    "collateral_malformed",
    { collateral: { tcbInfoText: () => "[]" } },
  ],

  "a bit of TCB info": [
    "tcb_info_signature",
    {
      patchCollateral: (parts) => ({
        ...parts,
        tcbInfo: parts.tcbInfo.replace("UpToDate", "UqToDate"),
      }),
    },
  ],
  "a bit of QE identity": [
    "qe_identity_signature",
    {
      patchCollateral: (parts) => ({
        ...parts,
        qeIdentity: parts.qeIdentity.replace("UpToDate", "UqToDate"),
      }),
    },
  ],
  "the two signatures exchanged": [
    "tcb_info_signature",
    {
      patchCollateral: (parts) => ({
        ...parts,
        tcbInfoSignature: parts.qeIdentitySignature,
        qeIdentitySignature: parts.tcbInfoSignature,
      }),
    },
  ],
  "a signature with white space": [
    "tcb_info_signature",
    { patchCollateral: (parts) => ({ ...parts, tcbInfoSignature: ` ${parts.tcbInfoSignature}` }) },
  ],
  "a signature of an odd length": [
    "qe_identity_signature",
    {
      patchCollateral: (parts) => ({
        ...parts,
        qeIdentitySignature: parts.qeIdentitySignature.slice(1),
      }),
    },
  ],
  "a signature of DER": [
    "tcb_info_signature",
    { patchCollateral: (parts) => ({ ...parts, tcbInfoSignature: `30${parts.tcbInfoSignature}` }) },
  ],

  "TCB info below the floor": [
    "tcb_evaluation_number",
    { policy: { minimumEvaluationNumber: 21 } },
  ],
  "QE identity below the floor": [
    "tcb_evaluation_number",
    {
      collateral: { qeIdentity: set("tcbEvaluationDataNumber", 19) },
      policy: { minimumEvaluationNumber: 20 },
    },
  ],
}

type Edit = (object: JsonObject) => JsonObject

export function tcb(edit: Edit) {
  return { collateral: { tcbInfo: edit } } satisfies Change
}

export function qe(edit: Edit) {
  return { collateral: { qeIdentity: edit } } satisfies Change
}

export function set(key: string, value: Json): Edit {
  return (object) => ({ ...object, [key]: value })
}

/** Every level of the platform. */
export function levels(edit: Edit) {
  return tcb((info) => ({
    ...info,
    tcbLevels: list(info, "tcbLevels").map((level) => edit(level as JsonObject)),
  }))
}

export function list(object: JsonObject, key: string): readonly Json[] {
  return object[key] as readonly Json[]
}

/** Those of SGX, in every level. */
function components(edit: (all: readonly Json[]) => readonly Json[]) {
  return levels((level) => {
    const svns = level["tcb"] as JsonObject
    return { ...level, tcb: { ...svns, sgxtcbcomponents: edit(list(svns, "sgxtcbcomponents")) } }
  })
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
}
