/** How this machine reaches the network, of all that its environment says. */
const NAMES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "GIT_SSL_CAINFO"]
const CERTIFICATES = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CARGO_HTTP_CAINFO"]

/** For `GitOptions.environment`: proxies and certificates, and nothing else. */
export function pickNetworkVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const pairs = [...NAMES, ...CERTIFICATES].map((name) => [name, environment[name]] as const)
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined))
}
