/** Whom a secret's owner believes for which keystore is registered: a lie there is a thief's key. */
import { openChain, openWitnesses, type Witnesses } from "@outlayer/near"
import { OutlayerError } from "@outlayer/protocol"

export interface Endpoints {
  urls: readonly string[]
  /** As the owner gave it, so one is his word that one endpoint will do. */
  quorum: number | undefined
}

/**
 * Throws where one endpoint would be believed without the owner's word. What the endpoint says of its
 * chain is no such word: only an address of this machine is taken for a local chain's.
 */
export function chooseWitnesses(
  { urls, quorum }: Endpoints,
  warn: (line: string) => void,
): Witnesses {
  if ((quorum ?? 1) === 1) {
    if (quorum === undefined && !urls.every(isOfThisMachine)) {
      const text =
        "one endpoint could name a thief's key: give several operators' in NEAR_RPC_URLS, and in NEAR_RPC_QUORUM how many must agree; 1 says that you believe one alone"
      throw new OutlayerError("bad_request", text)
    }
    const hosts = urls.map((url) => new URL(url).host).join(", ")
    warn(`WARNING: ${hosts} alone is believed for whose key secrets are sealed to`)
  }
  return openWitnesses(urls.map(openChain), quorum ?? 1)
}

function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname)
}
