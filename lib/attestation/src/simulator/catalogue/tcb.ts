/** Every status, of platform, TDX module and quoting enclave, and what a policy makes of it. */
import type { TcbStatus } from "../../pure/index.ts"
import type { JsonObject } from "../collateral.ts"
import type { Change, Group, Verdict } from "./case.ts"
import { levels, list, qe, set, tcb } from "./collateral.ts"
import type { ScenarioChanges } from "./scenario.ts"

const STATUSES: readonly TcbStatus[] = [
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
]
const COMPONENTS = [4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]
const LATER = { version: 5, bodyType: "td1.5" } as const

export const tcbStatus: Group = {
  "up to date": ["accept", {}],
  ...Object.fromEntries(
    STATUSES.map((status) => [`a platform that is ${status}`, refused(status)]),
  ),
  ...Object.fromEntries(
    STATUSES.map((status) => [`${status}, where the policy accepts it`, accepted(status)]),
  ),
  "a platform SVN below the best level": [
    "tcb_status",
    { pki: { platform: { components: COMPONENTS.with(0, 3) } } },
  ],
  "a platform SVN below every level": [
    "tcb_no_level",
    { pki: { platform: { components: COMPONENTS.with(7, 4) } } },
  ],
  "a PCE below the best level": ["tcb_status", { pki: { platform: { pceSvn: 10 } } }],
  "a PCE below every level": ["tcb_no_level", { pki: { platform: { pceSvn: 4 } } }],
  "microcode loaded late, below the best level": ["tcb_status", launched("0b0103")],
  "microcode loaded late, below every level": ["tcb_no_level", launched("0b0101")],

  "a module above its level": ["accept", launched("0f0104")],
  "a module of version 3": ["accept", launched("050304")],
  "a module below its best level": ["tcb_status", launched("0a0104")],
  "a module below every level": ["tcb_no_level", launched("050104")],
  "a module of a version without identity": ["tdx_module_mismatch", launched("0b0204")],
  "a module that is revoked": [
    "tcb_status",
    modules((level) => ({ ...level, tcbStatus: "Revoked" })),
  ],
  "a revoked module, where the policy accepts what is out of date": [
    "tcb_status",
    {
      ...modules((level) => ({ ...level, tcbStatus: "Revoked" })),
      policy: { tcbStatuses: ["OutOfDate"] },
    },
  ],
  "a module of another signer": [
    "tdx_module_mismatch",
    { quote: { report: { mrSignerSeam: "11".repeat(48) } } },
  ],
  "a module with attributes": [
    "tdx_module_mismatch",
    { quote: { report: { seamAttributes: "01".padEnd(16, "0") } } },
  ],
  "a module of major version 0, judged by the components": ["accept", launched("050004")],
  "a module of major version 0, too old": ["tcb_no_level", launched("040004")],

  "a quoting enclave below its best level": ["tcb_status", { quote: { qeReport: { isvSvn: 3 } } }],
  "a quoting enclave below every level": ["tcb_no_level", { quote: { qeReport: { isvSvn: 1 } } }],
  "a quoting enclave that is revoked": [
    "tcb_status",
    qe((identity) => editLevels(identity, (level) => ({ ...level, tcbStatus: "Revoked" }))),
  ],
  "a quoting enclave of another signer": [
    "qe_identity_mismatch",
    { quote: { qeReport: { mrSigner: "11".repeat(32) } } },
  ],
  "a quoting enclave of another product": [
    "qe_identity_mismatch",
    { quote: { qeReport: { isvProdId: 1 } } },
  ],
  "a quoting enclave with MISCSELECT": [
    "qe_identity_mismatch",
    { quote: { qeReport: { miscSelect: "01000000" } } },
  ],
  "a quoting enclave under debug": [
    "qe_identity_mismatch",
    { quote: { qeReport: { attributes: "1700000000000000e700000000000000" } } },
  ],
  "a quoting enclave under debug that the identity would take": [
    "qe_identity_mismatch",
    {
      quote: { qeReport: { attributes: "1700000000000000e700000000000000" } },
      ...qe(set("attributesMask", "F9FFFFFFFFFFFFFF0000000000000000")),
    },
  ],
  "a quoting enclave with other attributes": [
    "qe_identity_mismatch",
    { quote: { qeReport: { attributes: "1500000000000001e700000000000000" } } },
  ],
  "other attributes outside of the mask": [
    "accept",
    { quote: { qeReport: { attributes: "1500000000000000e718000000000000" } } },
  ],

  "an advisory beside UpToDate": ["tcb_advisory", levels(set("advisoryIDs", ["INTEL-SA-01036"]))],
  "an advisory of the module": ["tcb_advisory", modules(set("advisoryIDs", ["INTEL-SA-01036"]))],
  "an advisory of the quoting enclave": [
    "tcb_advisory",
    qe((identity) => editLevels(identity, set("advisoryIDs", ["INTEL-SA-1"]))),
  ],
  "a lifecycle note beside UpToDate": ["accept", levels(set("advisoryIDs", ["INTEL-DOC-00001"]))],
  "a lifecycle note, where the policy takes none": [
    "tcb_advisory",
    { ...levels(set("advisoryIDs", ["INTEL-DOC-00001"])), policy: { advisoryPrefixes: [] } },
  ],

  "a module replaced under a running TD, good before and after": [
    "accept",
    relaunch("0b0104", "0d0104"),
  ],
  "a module replaced under a running TD, old before": ["tcb_status", relaunch("060104", "0b0104")],
  "the same, where the policy accepts TDRelaunchAdvised": [
    "accept",
    { ...relaunch("060104", "0b0104"), policy: { tcbStatuses: ["TDRelaunchAdvised"] } },
  ],
  "the same on a platform that needs configuration": [
    "accept",
    {
      ...relaunch("060104", "0b0104"),
      ...levels(set("tcbStatus", "ConfigurationNeeded")),
      policy: { tcbStatuses: ["TDRelaunchAdvisedConfigurationNeeded"] },
    },
  ],
  "a module that is older now than at launch": ["tcb_status", relaunch("0b0104", "060104")],
  "a module that is now below every level": ["tcb_no_level", relaunch("0b0104", "050104")],
}

function refused(status: TcbStatus): readonly [Verdict, Change] {
  return ["tcb_status", levels(set("tcbStatus", status))]
}

function accepted(status: TcbStatus): readonly [Verdict, Change] {
  const policy = { tcbStatuses: [status] }
  return ["accept", { ...levels(set("tcbStatus", status)), policy }]
}

function launched(svn: string): ScenarioChanges {
  return { quote: { report: { teeTcbSvn: svn.padEnd(32, "0") } } }
}

function relaunch(launch: string, now: string): ScenarioChanges {
  const report = { teeTcbSvn: launch.padEnd(32, "0"), teeTcbSvn2: now.padEnd(32, "0") }
  return { quote: { ...LATER, report } }
}

type Edit = (object: JsonObject) => JsonObject

/** Every level of every module identity. */
function modules(edit: Edit) {
  return tcb((info) => ({
    ...info,
    tdxModuleIdentities: list(info, "tdxModuleIdentities").map((identity) =>
      editLevels(identity as JsonObject, edit),
    ),
  }))
}

function editLevels(identity: JsonObject, edit: Edit): JsonObject {
  return {
    ...identity,
    tcbLevels: list(identity, "tcbLevels").map((level) => edit(level as JsonObject)),
  }
}
