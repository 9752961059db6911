/** What Intel's extension of a PCK certificate says of the platform (SGX PCK Certificate Specification, 1.3.5). */
import {
  type Der,
  enter,
  finish,
  hasMore,
  malformed,
  openDer,
  TAG,
  take,
  takeSmallInteger,
} from "./der.ts"
import type { Primitives } from "./primitives.ts"

export interface PckFacts {
  /** Hex. */
  readonly ppid: string
  readonly pceId: string
  readonly fmspc: string
  /** 16 SVNs. */
  readonly components: Uint8Array
  readonly pceSvn: number
}

const BASE = "2a864886f84d010d01"

export function readPckExtension(extension: Uint8Array, primitives: Primitives): PckFacts {
  const list = enter(openDer(extension, "certificate_malformed"), TAG.sequence)
  const found: Record<string, string> = {}
  let tcb: Pick<PckFacts, "components" | "pceSvn"> | undefined
  while (hasMore(list)) {
    const entry = enter(list, TAG.sequence)
    const id = readId(entry, primitives)
    if (found[id] !== undefined) throw malformed(entry)
    found[id] = ""
    if (id === "01" || id === "03" || id === "04") {
      found[id] = primitives.encodeHex(take(entry, TAG.octetString))
    } else if (id === "02") {
      tcb = readTcb(enter(entry, TAG.sequence), primitives)
    } else {
      continue
    }
    finish(entry)
  }
  const { "01": ppid = "", "03": pceId = "", "04": fmspc = "" } = found
  if (!tcb || ppid.length !== 32 || pceId.length !== 4 || fmspc.length !== 12) throw malformed(list)
  return { ppid, pceId, fmspc, ...tcb }
}

function readTcb(list: Der, primitives: Primitives): Pick<PckFacts, "components" | "pceSvn"> {
  const components = new Uint8Array(16)
  let pceSvn = 0
  // The specification numbers them; Intel writes them in that order and so does nobody else.
  for (let number = 1; number <= 18; number++) {
    const entry = enter(list, TAG.sequence)
    if (readId(entry, primitives) !== `02${number < 16 ? "0" : ""}${number.toString(16)}`) {
      throw malformed(entry)
    }
    if (number === 18) {
      if (take(entry, TAG.octetString).length !== 16) throw malformed(entry)
    } else {
      const svn = takeSmallInteger(entry)
      if (number === 17) pceSvn = svn
      else if (svn > 255) throw malformed(entry)
      else components[number - 1] = svn
    }
    finish(entry)
  }
  finish(list)
  return { components, pceSvn }
}

/** The part of the OID after 1.2.840.113741.1.13.1, hex. */
function readId(entry: Der, { encodeHex }: Primitives): string {
  const oid = encodeHex(take(entry, TAG.oid))
  if (!oid.startsWith(BASE)) throw malformed(entry)
  return oid.slice(BASE.length)
}
