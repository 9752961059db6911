import { createGit, pickNetworkVariables } from "@outlayer/git"
import { openBlockSource, openChain, openWitnesses } from "@outlayer/near"
import type { LeasedTask } from "@outlayer/protocol"
import { createLogger, untilSignal } from "@outlayer/service"
import { createBuilder } from "./compile/builder.ts"
import { createFailedBuilds } from "./compile/failed-builds.ts"
import { readConfig, unusedVariables } from "./config.ts"
import { openCoordinator } from "./coordinator.ts"
import { beat } from "./heartbeat.ts"
import { monitor } from "./monitor/monitor.ts"
import { openHttp } from "./sandbox/http/http.ts"
import { createSandbox } from "./sandbox/sandbox.ts"
import { createGivenAnswers } from "./settle/given-answers.ts"
import { openStore } from "./metered-store.ts"
import { createTurns } from "./settle/turns.ts"
import { createBlockClock } from "./tasks/block-clock.ts"
import { runCompileTask } from "./tasks/compile-task.ts"
import { runExecuteTask } from "./tasks/execute-task.ts"
import { runSlots } from "./tasks/slots.ts"
import { createKeystoreClient } from "./tee/keystore-session.ts"
import { createAttestedRuns } from "./tee/attested-runs.ts"
import { createTaskSecrets } from "./tee/task-secrets.ts"
import { createTrustedPrograms } from "./tee/trusted-programs.ts"
import { openOperator, openTee, type Tee } from "./tee/tee.ts"

const config = readConfig(process.env)
const log = createLogger("worker", config.LOG_LEVEL)
const { OFFCHAINVM_CONTRACT_ID: contractId, WORKER_ID: workerId } = config

for (const name of unusedVariables(process.env)) {
  log.warn({ name }, "not used: the keystore is reached through the coordinator")
}
const chain = openChain(config.NEAR_RPC_URL)
const witnesses = config.NEAR_RPC_URLS
  ? openWitnesses(config.NEAR_RPC_URLS.map(openChain), config.NEAR_RPC_QUORUM)
  : chain
const tee = await openTee(config, chain, witnesses, log)
const signer = tee?.signer ?? openOperator(config, chain)
const requireLive = tee?.requireLive ?? (async () => {})
const token = config.API_AUTH_TOKEN.reveal()
const coordinator = openCoordinator(config.API_BASE_URL, token)

const git = {
  allowedHosts: config.ALLOWED_GIT_HOSTS,
  configFile: config.GIT_CONFIG_GLOBAL,
  allowLocalFolders: config.ALLOW_LOCAL_REPOSITORIES,
  environment: pickNetworkVariables(process.env),
}
const builder = await createBuilder({
  git,
  machine: process.env,
  mode: config.COMPILATION_MODE,
  signer: { publicKey: signer.publicKey, sign: signer.signBytes },
  log,
})
await using sandbox = await createSandbox({
  minLevel: config.SANDBOX_MIN_LEVEL,
  store: await openStore(config, tee?.dstack, log),
  // One more than runs at a time, so that none waits for a process to start.
  poolSize: config.WORKER_CONCURRENCY + 1,
  log,
})
const http = await openHttp({
  allow: config.HTTP_ALLOWED_HOSTS,
  privateAddresses: config.HTTP_PRIVATE_ADDRESSES,
  caFile: config.HTTP_CA_FILE,
})

const stopping = new AbortController()
const stop = stopping.signal
const failedBuilds = createFailedBuilds()
const compiling = { coordinator, builder, failedBuilds, log }
const executing = {
  coordinator,
  contractId,
  chain,
  witnesses,
  signer,
  requireLive,
  given: createGivenAnswers(),
  turns: createTurns(),
  sandbox,
  http,
  ...(tee ? createTrusted(tee) : { secrets: undefined, attested: undefined }),
  clock: createBlockClock(chain),
  log,
}
const work = (task: LeasedTask) =>
  task.kind === "compile"
    ? runCompileTask(task, compiling, stop)
    : runExecuteTask(task, executing, stop)
const slots = { coordinator, workerId, requireLive, work, log }
const source = config.NEARDATA_API_URL
  ? openBlockSource(config.NEARDATA_API_URL, contractId)
  : undefined
const startHeight = config.START_BLOCK_HEIGHT
const watching = { contractId, chain, coordinator, source, startHeight, log }

const jobs = [
  beat({ coordinator, workerId, sandboxLevel: sandbox.level, log }, stop),
  runSlots("compile", config.COMPILATION_ENABLED ? 1 : 0, slots, stop),
  runSlots("execute", config.EXECUTION_ENABLED ? config.WORKER_CONCURRENCY : 0, slots, stop),
  ...(tee ? [tee.keepRegistered(stop)] : []),
  ...(config.ENABLE_EVENT_MONITOR ? [monitor(watching, stop)] : []),
]
const { toolchains, confinement } = builder
const startMs = Math.round(performance.now())
log.info({ workerId, toolchains, confinement, isolation: sandbox.level, startMs }, "ready")

log.info({ signal: await untilSignal() }, "shutting down")
stopping.abort()
await Promise.all(jobs)
await tee?.leave()

function createTrusted({ dstack, registerId, network }: Tee) {
  const proxy = openCoordinator(`${config.API_BASE_URL.replace(/\/$/, "")}/keystore/`, token)
  const keystore = createKeystoreClient({
    proxy,
    chain,
    witnesses,
    dstack,
    signer,
    network,
    contractId,
    registerId,
  })
  const { publicKey } = signer
  const repositories = createGit(git)
  const programs = createTrustedPrograms({
    coordinator,
    witnesses,
    git: repositories,
    builder,
    failedBuilds,
    registerId,
    publicKey,
    log,
  })
  return {
    secrets: createTaskSecrets({ programs, keystore, log }),
    attested: createAttestedRuns({ programs, coordinator, chain, dstack, network, publicKey, log }),
  }
}
