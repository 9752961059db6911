/** QE identity, version 2, of the TD quoting enclave (Intel PCS API v4, `/tdx/certification/v4/qe/identity`). */
import type { QeIdentity } from "./facts.ts"
import { parseSigned, readDate, readHex, readInteger, show } from "./json.ts"
import { Refusal } from "./refusal.ts"
import { readSvnLevels } from "./tcb-info.ts"

export interface DatedQeIdentity {
  readonly issueDate: number
  readonly nextUpdate: number
  readonly evaluationNumber: number
  readonly identity: QeIdentity
}

export function readQeIdentity(text: string): DatedQeIdentity {
  const json = parseSigned(text, "QE identity")
  if (json["id"] !== "TD_QE") throw new Refusal("qe_identity_wrong_tee", show(json["id"]))
  if (json["version"] !== 2) throw new Refusal("qe_identity_version", show(json["version"]))
  return {
    issueDate: readDate(json, "issueDate"),
    nextUpdate: readDate(json, "nextUpdate"),
    evaluationNumber: readInteger(json, "tcbEvaluationDataNumber", 0xffffffff),
    identity: {
      miscSelect: readHex(json, "miscselect", 4),
      miscSelectMask: readHex(json, "miscselectMask", 4),
      attributes: readHex(json, "attributes", 16),
      attributesMask: readHex(json, "attributesMask", 16),
      mrSigner: readHex(json, "mrsigner", 32),
      isvProdId: readInteger(json, "isvprodid", 0xffff),
      levels: readSvnLevels(json),
    },
  }
}
