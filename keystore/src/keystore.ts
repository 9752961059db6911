/** What a keystore is made of; `main.ts` and the tests put the world around it. */
import { createDstackClient } from "@outlayer/attestation"
import { INTEL_ROOT_SHA256 } from "@outlayer/attestation/pure"
import { AccountId, askQuorum, OutlayerError } from "@outlayer/protocol"
import { isRealNetwork } from "@outlayer/protocol/pure"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import type { App, Logger } from "@outlayer/service"
import { z } from "zod"
import { buildApp } from "./app.ts"
import { createCaller } from "./chain/call-contract.ts"
import { openChain } from "./chain/chain.ts"
import { openEndpoint } from "./chain/endpoint.ts"
import type { Config } from "./config.ts"
import { keepUp } from "./keep-up.ts"
import { openFileMasterKeys } from "./keys/file-master-keys.ts"
import { openKeyring } from "./keys/keyring.ts"
import { dstackMasterKeys, type MasterKeySource } from "./keys/master-key.ts"
import { publishKeys, register } from "./keys/publish-keys.ts"
import { createMetricsOf } from "./metrics.ts"
import { openRecordLog } from "./records/record-log.ts"
import { createChallenges } from "./sessions/challenges.ts"
import { createSessions } from "./sessions/sessions.ts"

const RPC_MS = 5_000
/** How old the block may be at which a secret is released: less than a block's time on NEAR. */
const SNAPSHOT_MS = 500

const Status = z.object({ chain_id: z.string() })

export interface Keystore extends AsyncDisposable {
  app: App
  /** Rejects when the service must not go on. */
  failed: Promise<never>
}

/** Throws before anything listens, with a text for a person, when it must not start. */
export async function openKeystore(
  config: Config,
  log: Logger,
  /** The host's clock, in Unix milliseconds. */
  nowMs = Date.now,
): Promise<Keystore> {
  await using stack = new AsyncDisposableStack()
  const endpoints = config.NEAR_RPC_URLS.map(openEndpoint)
  const quorum = { endpoints, quorum: config.NEAR_RPC_QUORUM, timeoutMs: RPC_MS }
  const network = await askQuorum(quorum, async (endpoint, signal) => {
    return Status.parse(await endpoint.ask("status", [], signal)).chain_id
  })
  const teeMode = readTeeMode(config.TEE_MODE, network)
  const root = config.TEE_TEST_ROOT
    ? sha256Hex(Buffer.from(config.TEE_TEST_ROOT, "base64"))
    : INTEL_ROOT_SHA256

  const chain = openChain({ ...quorum, maxAgeMs: SNAPSHOT_MS, nowMs })
  const agent = createDstackClient({ socketPath: config.DSTACK_SOCKET })
  const source = await openSource(config, agent)
  const contractId = config.OFFCHAINVM_CONTRACT_ID
  const keyring = stack.use(
    await openKeyring(source, {
      network,
      contractId,
      epoch: config.KEY_EPOCH,
      oldestEpoch: config.OLDEST_KEY_EPOCH,
    }),
  )
  log.info({ source: source.name, epoch: keyring.epoch, network, teeMode }, "keys derived")

  const accounts = { outlayer: contractId, register: config.REGISTER_CONTRACT_ID }
  const accountId = config.KEYSTORE_ACCOUNT_ID
  const secretKey = config.KEYSTORE_PRIVATE_KEY.reveal()
  const publishing = {
    chain,
    accounts,
    keyring,
    accountId,
    call: createCaller({ ...quorum, chain, accountId, secretKey }),
    getQuote: agent.getQuote,
  }
  await publishKeys(publishing)
  log.info({ signingKey: keyring.signing.publicKey }, "keys published")

  const records = stack.use(await openRecordLog(config.RECORDS_FILE, keyring))
  const sessions = createSessions()
  const identity = {
    network,
    contract_id: contractId,
    register_id: config.REGISTER_CONTRACT_ID,
    account_id: AccountId.parse(accountId),
    signing_key: keyring.signing.publicKey,
    encryption_key: keyring.encryptionKey,
    epoch: keyring.epoch,
  }
  const challenges = createChallenges()
  const metrics = createMetricsOf(sessions)
  const parts = { identity, teeMode, root, chain, accounts, keyring, challenges, sessions, records }
  const app = stack.adopt(
    await buildApp(
      { ...parts, metrics, log },
      {
        tokenHashes: config.ALLOWED_WORKER_TOKEN_HASHES,
        perMinute: config.RATE_LIMIT_PER_MINUTE,
      },
    ),
    (opened) => opened.close(),
  )
  const failed = stack.use(keepUp(chain, () => register(publishing), log))
  const owned = stack.move()
  return { app, failed: failed.failed, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function readTeeMode(mode: string, network: string): "tdx" | "simulated" {
  if (mode === "tdx") return mode
  if (isRealNetwork(network)) {
    throw new OutlayerError("keystore_unavailable", `TEE_MODE=simulated is refused on ${network}`)
  }
  return "simulated"
}

async function openSource(
  config: Config,
  agent: { getKey(path: string): Promise<Uint8Array> },
): Promise<MasterKeySource> {
  const { MASTER_KEY_FILE: path, MASTER_KEY_PASSPHRASE: passphrase } = config
  if (config.MASTER_KEY_SOURCE === "dstack") return dstackMasterKeys(agent)
  if (!path || !passphrase) throw new Error("MASTER_KEY_FILE and MASTER_KEY_PASSPHRASE are missing")
  return openFileMasterKeys(path, passphrase)
}
