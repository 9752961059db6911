/** The TCB status of a platform: Intel's rules for TDX (its quote verification library, 4.1.2.5). */
import type {
  CollateralFacts,
  QuoteFacts,
  SvnLevel,
  TcbStatus,
  TdReport,
  TdxModule,
} from "./facts.ts"
import type { PckFacts } from "./pck.ts"
import type { Primitives } from "./primitives.ts"
import { Refusal } from "./refusal.ts"

type Tcb = QuoteFacts["tcb"]

interface Evaluation {
  readonly status: TcbStatus
  readonly platform: TcbStatus
  readonly module: TcbStatus | null
  readonly advisoryIds: readonly string[]
  readonly date: string
}

const NEEDS_CONFIGURATION: readonly TcbStatus[] = [
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDateConfigurationNeeded",
]
const OUT_OF_DATE: readonly TcbStatus[] = ["OutOfDate", "OutOfDateConfigurationNeeded"]
const BAD: readonly TcbStatus[] = [...OUT_OF_DATE, "Revoked"]

export function evaluateTcb(
  facts: CollateralFacts,
  pck: PckFacts,
  report: TdReport,
  qeSvn: number,
  primitives: Primitives,
): Tcb {
  const qe = findSvnLevel(facts.qeIdentity.levels, qeSvn, "quoting enclave")
  const evaluate = (svn: string) => evaluateAt(svn, facts, pck, report, qe, primitives)
  const launch = evaluate(report.teeTcbSvn)
  const base = { ...launch, qe: qe.status }
  if (report.teeTcbSvn2 === null) return { ...base, current: null }
  const current = evaluate(report.teeTcbSvn2)
  const { status } = current
  return { ...base, status: withRelaunch(launch.status, status), current: status }
}

/** With the module as it was launched, or as it is now: `svnHex` is TEE_TCB_SVN or TEE_TCB_SVN_2. */
function evaluateAt(
  svnHex: string,
  facts: CollateralFacts,
  pck: PckFacts,
  report: TdReport,
  qe: SvnLevel,
  primitives: Primitives,
): Evaluation {
  const svn = decode(svnHex, primitives)
  const major = svn[1] ?? 0
  const level = facts.tcbLevels.find(
    ({ sgx, tdx, pceSvn }) =>
      pck.pceSvn >= pceSvn &&
      reaches(pck.components, decode(sgx, primitives), 0) &&
      // From major version 1 on, components 0 and 1 are for the module's own identity to judge.
      reaches(svn, decode(tdx, primitives), major > 0 ? 2 : 0),
  )
  if (!level) throw new Refusal("tcb_no_level", "platform")
  const { status: platform, advisoryIds, date } = level
  if (major === 0) {
    checkModule(facts.tdxModule, report, primitives)
    const status = converge(platform, [qe.status])
    return { status, platform, module: null, advisoryIds: union(advisoryIds, qe), date }
  }
  const id = `TDX_${svnHex.slice(2, 4)}`.toUpperCase()
  const identity = facts.tdxModuleIdentities.find((one) => one.id === id)
  if (!identity) throw new Refusal("tdx_module_mismatch", `no identity ${id}`)
  checkModule(identity, report, primitives)
  const module = findSvnLevel(identity.levels, svn[0] ?? 0, id)
  return {
    status: converge(platform, [module.status, qe.status]),
    platform,
    module: module.status,
    advisoryIds: union(advisoryIds, module, qe),
    date,
  }
}

/** Only parts that are out of date or revoked lower the platform's own status. */
function converge(platform: TcbStatus, parts: readonly TcbStatus[]): TcbStatus {
  if (parts.includes("Revoked")) return "Revoked"
  if (!parts.includes("OutOfDate") || BAD.includes(platform)) return platform
  return NEEDS_CONFIGURATION.includes(platform) ? "OutOfDateConfigurationNeeded" : "OutOfDate"
}

/** A TD launched on an old module that has since been replaced under it. */
function withRelaunch(launch: TcbStatus, current: TcbStatus): TcbStatus {
  if (BAD.includes(current)) return launch === "Revoked" ? launch : current
  if (!OUT_OF_DATE.includes(launch)) return launch
  const needsConfiguration = [launch, current].some((one) => NEEDS_CONFIGURATION.includes(one))
  return needsConfiguration ? "TDRelaunchAdvisedConfigurationNeeded" : "TDRelaunchAdvised"
}

function checkModule(module: TdxModule, report: TdReport, primitives: Primitives): void {
  const { mrSigner, attributes, attributesMask } = module
  const isIt =
    report.mrSignerSeam === mrSigner &&
    equalsUnderMask(report.seamAttributes, attributes, attributesMask, primitives)
  if (!isIt) throw new Refusal("tdx_module_mismatch", `MRSIGNERSEAM ${report.mrSignerSeam}`)
}

/** Whether the bits under the mask are exactly those expected. All three are hex of one length. */
export function equalsUnderMask(
  actualHex: string,
  expectedHex: string,
  maskHex: string,
  primitives: Primitives,
): boolean {
  const actual = decode(actualHex, primitives)
  const expected = decode(expectedHex, primitives)
  const mask = decode(maskHex, primitives)
  return actual.every((byte, at) => (byte & (mask[at] ?? 0)) === (expected[at] ?? 0))
}

function findSvnLevel(levels: readonly SvnLevel[], svn: number, what: string): SvnLevel {
  const level = levels.find((one) => svn >= one.svn)
  if (!level) throw new Refusal("tcb_no_level", what)
  return level
}

function reaches(actual: Uint8Array, required: Uint8Array, from: number): boolean {
  for (let at = from; at < 16; at++) {
    if ((actual[at] ?? 0) < (required[at] ?? 256)) return false
  }
  return true
}

function union(ids: readonly string[], ...parts: readonly SvnLevel[]): readonly string[] {
  const all = ids.concat(...parts.map(({ advisoryIds }) => advisoryIds))
  return all.filter((id, at) => all.indexOf(id) === at)
}

/** Of facts, which are hex wherever they are bytes. */
export function decode(hex: string, { decodeHex }: Primitives): Uint8Array {
  const bytes = decodeHex(hex)
  if (!bytes) throw new Error(`facts hold what is not hex: ${hex}`)
  return bytes
}
