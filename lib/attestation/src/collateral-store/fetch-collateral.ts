/** Collateral from Intel's service or a caching one (PCS API version 4, and PCCS, which mirrors it). */
import type { Collateral } from "../pure/index.ts"
import { type Fetched, getBytes } from "./get-bytes.ts"

export interface CollateralSource {
  /** Where `/tdx/certification/v4` and `/sgx/certification/v4` are. */
  readonly baseUrl: string
  /** Intel has the root's CRL elsewhere; a PCCS has it with the rest, which is what is asked unless given. */
  readonly rootCrlUrl?: string | undefined
  /** Of a TCB recovery, months before it is the standard. */
  readonly early?: boolean | undefined
  /** PEM of the CA to trust in place of the well-known ones. */
  readonly ca?: string | undefined
}

/** Intel's own, which needs no key for collateral. */
export const INTEL_SOURCE: CollateralSource = {
  baseUrl: "https://api.trustedservices.intel.com",
  rootCrlUrl: "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
}

const TIMEOUT_MS = 20_000
/** TCB info has 2 to 7 KB. */
const REPLY_BYTES_MAX = 256 * 1024

/** Nothing of it has been verified. `fmspc`: 6 bytes, hex. */
export async function fetchCollateral(
  { baseUrl, rootCrlUrl, early, ca }: CollateralSource,
  fmspc: string,
): Promise<Collateral> {
  const options = { timeoutMs: TIMEOUT_MS, maxBytes: REPLY_BYTES_MAX, ca }
  const base = baseUrl.replace(/\/+$/, "")
  const update = `update=${early === true ? "early" : "standard"}`
  const [tcb, qe, pckCrl, rootCrl] = await Promise.all([
    getBytes(`${base}/tdx/certification/v4/tcb?fmspc=${fmspc}&${update}`, options),
    getBytes(`${base}/tdx/certification/v4/qe/identity?${update}`, options),
    getBytes(`${base}/sgx/certification/v4/pckcrl?ca=platform&encoding=der`, options),
    getBytes(rootCrlUrl ?? `${base}/sgx/certification/v4/rootcacrl`, options),
  ])
  const tcbInfo = splitSigned(tcb, "tcbInfo")
  const qeIdentity = splitSigned(qe, "enclaveIdentity")
  return {
    tcbInfo: tcbInfo.text,
    tcbInfoSignature: tcbInfo.signature,
    tcbInfoIssuerChain: readChain(tcb, "tcb-info-issuer-chain"),
    qeIdentity: qeIdentity.text,
    qeIdentitySignature: qeIdentity.signature,
    qeIdentityIssuerChain: readChain(qe, "sgx-enclave-identity-issuer-chain"),
    pckCrl: readDer(pckCrl.body),
    pckCrlIssuerChain: readChain(pckCrl, "sgx-pck-crl-issuer-chain"),
    rootCaCrl: readDer(rootCrl.body),
  }
}

/** The object is signed as compact text, so writing it compactly gives the signed bytes or none. */
function splitSigned({ body }: Fetched, key: string): { text: string; signature: string } {
  const value: unknown = JSON.parse(body.toString("utf8"))
  const { [key]: object, signature } = Object(value) as Record<string, unknown>
  if (typeof object !== "object" || typeof signature !== "string") {
    throw new Error(`a reply without ${key} and signature`)
  }
  return { text: JSON.stringify(object), signature }
}

function readChain({ headers }: Fetched, name: string): string {
  const value = headers[name]
  if (typeof value !== "string") throw new Error(`a reply without ${name}`)
  return decodeURIComponent(value)
}

/** DER as it is, or in hex, as a PCCS may answer; base64. */
function readDer(body: Buffer): string {
  const isDer = body[0] === 0x30
  return (isDer ? body : Buffer.from(body.toString("latin1").trim(), "hex")).toString("base64")
}
