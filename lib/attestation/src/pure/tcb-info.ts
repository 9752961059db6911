/** TCB info, version 3, for TDX (Intel PCS API v4, `GET /tdx/certification/v4/tcb`). */
import type { SvnLevel, TcbLevel, TcbStatus, TdxModule, TdxModuleIdentity } from "./facts.ts"
import {
  type JsonObject,
  malformed,
  parseSigned,
  readDate,
  readHex,
  readInteger,
  readList,
  readObject,
  readText,
  show,
} from "./json.ts"
import { Refusal } from "./refusal.ts"

export interface TcbInfo {
  readonly issueDate: number
  readonly nextUpdate: number
  readonly fmspc: string
  readonly pceId: string
  readonly evaluationNumber: number
  readonly tdxModule: TdxModule
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[]
  readonly tcbLevels: readonly TcbLevel[]
}

const PLATFORM_STATUSES: readonly TcbStatus[] = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
]
const PART_STATUSES: readonly TcbStatus[] = ["UpToDate", "OutOfDate", "Revoked"]

export function readTcbInfo(text: string): TcbInfo {
  const info = parseSigned(text, "TCB info")
  if (info["version"] !== 3) throw new Refusal("tcb_info_version", show(info["version"]))
  if (info["id"] !== "TDX") throw new Refusal("tcb_info_wrong_tee", show(info["id"]))
  if (info["tcbType"] !== 0) throw malformed("tcbType is not 0")
  return {
    issueDate: readDate(info, "issueDate"),
    nextUpdate: readDate(info, "nextUpdate"),
    fmspc: readHex(info, "fmspc", 6),
    pceId: readHex(info, "pceId", 2),
    evaluationNumber: readInteger(info, "tcbEvaluationDataNumber", 0xffffffff),
    tdxModule: readModule(readObject(info, "tdxModule")),
    // Absent before 2024, when every module was of major version 0.
    tdxModuleIdentities:
      info["tdxModuleIdentities"] === undefined
        ? []
        : readList(info, "tdxModuleIdentities").map(readModuleIdentity),
    tcbLevels: newestFirst(readList(info, "tcbLevels").map(readLevel)),
  }
}

/** Levels of a QE or a TDX module, the highest SVN first. */
export function readSvnLevels(identity: JsonObject): readonly SvnLevel[] {
  const levels = readList(identity, "tcbLevels").map((level) => ({
    svn: readInteger(readObject(level, "tcb"), "isvsvn", 0xffff),
    status: readStatus(level, PART_STATUSES),
    advisoryIds: readAdvisories(level),
  }))
  return levels.sort((left, right) => right.svn - left.svn)
}

function readModule(module: JsonObject): TdxModule {
  return {
    mrSigner: readHex(module, "mrsigner", 48),
    attributes: readHex(module, "attributes", 8),
    attributesMask: readHex(module, "attributesMask", 8),
  }
}

function readModuleIdentity(identity: JsonObject): TdxModuleIdentity {
  return {
    id: readText(identity, "id").toUpperCase(),
    ...readModule(identity),
    levels: readSvnLevels(identity),
  }
}

function readLevel(level: JsonObject): TcbLevel {
  const tcb = readObject(level, "tcb")
  return {
    sgx: readComponents(tcb, "sgxtcbcomponents"),
    tdx: readComponents(tcb, "tdxtcbcomponents"),
    pceSvn: readInteger(tcb, "pcesvn", 0xffff),
    status: readStatus(level, PLATFORM_STATUSES),
    advisoryIds: readAdvisories(level),
    date: readText(level, "tcbDate"),
  }
}

function readComponents(tcb: JsonObject, key: string): string {
  const components = readList(tcb, key)
  if (components.length !== 16) throw malformed(`${key} has not 16 entries`)
  return components.map((component) => toHex(readInteger(component, "svn", 255), 2)).join("")
}

function readStatus(level: JsonObject, known: readonly TcbStatus[]): TcbStatus {
  const status = readText(level, "tcbStatus")
  const found = known.find((one) => one === status)
  if (found === undefined) throw malformed(`unknown TCB status ${status.slice(0, 40)}`)
  return found
}

function readAdvisories(level: JsonObject): readonly string[] {
  const { advisoryIDs: ids = [] } = level
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) {
    throw malformed("advisoryIDs is not a list of text")
  }
  return ids
}

/** The first level that a platform reaches is its own, so their order is ours, not the sender's. */
function newestFirst(levels: readonly TcbLevel[]): readonly TcbLevel[] {
  const order = (level: TcbLevel) => level.sgx + level.tdx + toHex(level.pceSvn, 4)
  return [...levels].sort((left, right) => (order(left) < order(right) ? 1 : -1))
}

function toHex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0")
}
