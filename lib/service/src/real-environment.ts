/** What no service may have in its environment where secrets are real. */

/** Others' certificates, none at all, or code before our own. */
const REFUSED = [
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
]

/** For `TEE_MODE=tdx`: a problem for each of these that is set, and of `more`, whatever it says. */
export function checkRealEnvironment(
  given: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): string[] {
  const set = [...REFUSED, ...more].filter((name) => given[name])
  return set.map((name) => `${name} is refused with TEE_MODE=tdx`)
}
