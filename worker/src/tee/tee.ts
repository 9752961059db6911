/** What a worker inside a TEE is: a key that is in memory alone, and a quote that says so on chain. */
import { createDstackClient, type DstackClient } from "@outlayer/attestation"
import { type Chain, createSigner, newSecretKey, type Signer, type Witnesses } from "@outlayer/near"
import { isRealNetwork } from "@outlayer/protocol/pure"
import type { Logger } from "@outlayer/service"
import type { Config } from "../config.ts"
import { isStaked, keepRegistered, leave, registerAtStart, requireLive } from "./registration.ts"

export interface Tee {
  /** Settles in the register's name, and signs builds, with the key that is registered. */
  signer: Signer
  dstack: DstackClient
  registerId: string
  /** The chain's id. */
  network: string
  /** Throws while the chain does not know the key as live: what it signs then can cost the stake. */
  requireLive: () => Promise<void>
  /** Renews the registration until `stop`. */
  keepRegistered(stop: AbortSignal): Promise<void>
  /** At a clean stop: nothing is signed after it. */
  leave(): Promise<void>
}

/**
 * Undefined where none is configured. Throws, in words for an operator, when this worker must not
 * start.
 */
export async function openTee(
  config: Config,
  chain: Chain,
  witnesses: Pick<Witnesses, "view">,
  log: Logger,
): Promise<Tee | undefined> {
  const { TEE_MODE: mode, REGISTER_CONTRACT_ID: registerId, DSTACK_SOCKET: socketPath } = config
  const { INIT_ACCOUNT_ID: payerId, INIT_ACCOUNT_PRIVATE_KEY: payerKey } = config
  if (mode === "none" || !registerId || !payerId || !payerKey) return undefined
  const network = await chain.chainId()
  if (mode === "simulated") {
    if (isRealNetwork(network)) throw new Error(`TEE_MODE=simulated is refused on ${network}`)
    log.warn({ network }, "SIMULATED: this machine protects nothing")
  }
  const signer = createSigner(chain, registerId, newSecretKey())
  const dstack = createDstackClient({ socketPath })
  const registration = {
    chain,
    registerId,
    payer: createSigner(chain, payerId, payerKey.reveal()),
    dstack,
    publicKey: signer.publicKey,
    log,
  }
  const endsAtStop = await isStaked(registration)
  const registered = await registerAtStart(registration)
  return {
    signer,
    dstack,
    registerId,
    network,
    requireLive: () => requireLive(witnesses, registerId, signer.publicKey),
    keepRegistered: (stop) => keepRegistered(registration, registered, stop),
    leave: async () => {
      if (endsAtStop) await leave(registration)
    },
  }
}

/** Who settles without a TEE. */
export function openOperator(config: Config, chain: Chain): Signer {
  const { OPERATOR_ACCOUNT_ID: accountId, OPERATOR_PRIVATE_KEY: key } = config
  // The configuration has been checked for it.
  if (!accountId || !key)
    throw new Error("OPERATOR_ACCOUNT_ID and OPERATOR_PRIVATE_KEY are missing")
  return createSigner(chain, accountId, key.reveal())
}
