/** Why a quote, its collateral or its event log is refused: all codes, which are never renamed. */
export const REASONS = {
  // framing of the quote
  quote_size: "the quote is shorter or longer than any genuine one",
  quote_version: "not version 4 or 5",
  wrong_tee: "not a TDX quote",
  attestation_key_type: "the attestation key is not ECDSA on P-256",
  quote_vendor: "the quoting enclave's vendor is not Intel",
  quote_body: "the body's type is unknown, or its size is not that type's",
  quote_framing: "a length inside the quote disagrees with what is there",
  trailing_bytes: "bytes other than zero after the authentication data, or too many",
  unsupported_certification_data:
    "certification data is not a PCK chain (type 5) in a QE report (type 6)",
  qe_auth_length: "QE authentication data is not 32 bytes",
  malformed_certificate_chain: "not three PEM certificates",
  // certificates and their revocation
  certificate_malformed: "a certificate is not the DER that Intel issues",
  certificate_chain: "a certificate is not signed by its issuer, or may not be what it is used as",
  certificate_expired: "a certificate is past its end",
  certificate_not_yet_valid: "a certificate is before its start",
  certificate_revoked: "a CRL lists a certificate in use",
  untrusted_root: "the chain does not end at the trusted root",
  crl_missing: "a CRL is absent",
  crl_malformed: "a CRL is not the DER that Intel issues",
  crl_wrong_issuer: "a CRL is not of the CA that issued the certificate",
  crl_signature: "a CRL's signature is wrong",
  crl_expired: "a CRL is past its next update",
  crl_not_yet_valid: "a CRL is from the future",
  // signed JSON
  collateral_malformed: "collateral is not of the expected form",
  collateral_expired: "TCB info or QE identity is past its next update",
  collateral_not_yet_valid: "TCB info or QE identity is from the future",
  tcb_info_signature: "the signature is not of these bytes of TCB info",
  tcb_info_version: "TCB info is not version 3",
  tcb_info_wrong_tee: "TCB info is not for TDX",
  qe_identity_signature: "the signature is not of these bytes of QE identity",
  qe_identity_version: "QE identity is not version 2",
  qe_identity_wrong_tee: "QE identity is not of the TD quoting enclave",
  // signatures of the quote
  qe_report_signature: "the PCK key did not sign the QE report",
  attestation_key_binding: "the QE report does not name the attestation key",
  quote_signature: "the attestation key did not sign the quote",
  // platform
  fmspc_mismatch: "collateral of another platform family",
  pce_id_mismatch: "collateral of another provisioning enclave",
  qe_identity_mismatch: "the quoting enclave is not the one that QE identity describes",
  tdx_module_mismatch: "the TDX module is not one that TCB info describes",
  tcb_no_level: "below every TCB level",
  tcb_status: "the TCB status is not one that the policy accepts",
  tcb_advisory: "an advisory that the policy does not accept",
  tcb_evaluation_number: "collateral is of an older TCB evaluation than the policy accepts",
  // policy on the TD
  td_debug: "DEBUG is on",
  td_attributes: "attributes other than those that the policy demands",
  td_sept_ve: "SEPT_VE_DISABLE is off",
  td_migratable: "MIGRATABLE is on",
  td_perfmon: "PERFMON is on",
  td_key_features: "PKS or KL is on",
  td_xfam: "XFAM is not one that the policy accepts",
  td_seam: "MRSIGNERSEAM or SEAMATTRIBUTES is not zero",
  td_service_td: "MRSERVICETD is not zero",
  td_extension: "TD 1.5ex says more than the TD's id: a partition, a device or a service TD",
  report_data: "REPORTDATA is not what it must bind",
  measurement: "the tuple of MRTD, RTMR0 to RTMR2 and compose hash is not approved",
  // event log
  log_malformed: "the event log is not of the expected form",
  log_too_large: "the event log has too many or too large events",
  log_event_type: "an event in RTMR3 is not a runtime event",
  log_event_name: "an event's name has other characters than letters, digits, - and _",
  log_digest: "an event's digest is not that of its content",
  log_replay: "the events do not replay to the quote's register",
  log_order: "events of the boot are not in their order",
  log_claim_missing: "an event of the boot is absent",
  log_claim_repeated: "an event of the boot occurs twice",
  log_claim_late: "an event of the boot comes after system-ready",
  log_claim_payload: "an event of the boot has a payload of another form",
  mr_config_id: "MRCONFIGID contradicts the event log",
  key_provider: "the key provider is not one that the policy accepts",
} as const

export type Reason = keyof typeof REASONS

export interface RefusalData {
  readonly ok: false
  readonly reason: Reason
  /** For people and logs: which part, which value. Not stable. */
  readonly detail: string
}

/** Refusing is an answer, not an exception. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | RefusalData

/** Inside of this package only: `attempt` makes data of it. */
export class Refusal extends Error {
  readonly reason: Reason

  constructor(reason: Reason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

export function attempt<Value>(work: () => Value): Result<Value> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { ok: false, reason: error.reason, detail: error.message }
  }
}
