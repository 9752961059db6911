/**
 * What a task that names secrets is run with: the very program that this worker trusts, and the
 * values. The coordinator may have altered whatever it gave us, so nothing of it is believed here:
 * the request by its hash, the commit by our own clone, the program by its builder's key.
 */
import { createHash } from "node:crypto"
import { type Git, type LocatedCommit, RepositoryError } from "@outlayer/git"
import type { Chain } from "@outlayer/near"
import {
  type ChainRequest,
  type ExecuteTask,
  FullCommit,
  GetWasm,
  Sha256Hex,
  UploadWasm,
} from "@outlayer/protocol"
import { DENIALS, type FailureCode, requestHash, type SecretValues } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import type { z } from "zod"
import type { Builder } from "../compile/builder.ts"
import type { Coordinator } from "../coordinator.ts"
import type { KeystoreClient } from "./keystore-session.ts"
import { isTrustedBuild } from "./trusted-build.ts"

type Prepared =
  | {
      ok: true
      commit: z.infer<typeof FullCommit>
      wasm: Uint8Array
      wasmHash: Sha256Hex
      values: SecretValues
    }
  | { ok: false; code: FailureCode; message: string }

export interface TaskSecrets {
  /** Throws for what may go better later; whatever the request is to end with is data. */
  prepare(task: ExecuteTask, signal: AbortSignal): Promise<Prepared>
}

export interface TaskSecretsOptions {
  coordinator: Coordinator
  chain: Chain
  git: Git
  builder: Builder
  keystore: KeystoreClient
  registerId: string
  /** This worker's own, which it signs builds with. */
  publicKey: string
  log: Logger
}

export function createTaskSecrets(options: TaskSecretsOptions): TaskSecrets {
  const { coordinator, chain, git, builder, keystore, registerId, publicKey, log } = options
  return {
    async prepare(task, signal) {
      const { request, contract_id } = task
      requireUnaltered(task)
      const located = await locate(request, signal)
      if (!located.ok) return located
      const program =
        (await useBuild(task, located, signal)) ?? (await rebuild(task, located, signal))
      if (!program.ok) return program

      const answer = await keystore.ask({
        contract_id,
        request_id: request.request_id,
        request_hash: request.request_hash,
        commit: located.commit,
        wasm_hash: program.wasmHash,
        branches: [...located.branches],
      })
      const requestId = request.request_id
      log.info({ requestId, denial: answer.ok ? null : answer.denial }, "keystore answered")
      if (answer.ok) return { ...program, commit: located.commit, values: answer.values }
      const code = DENIALS[answer.denial]
      // No quorum for now, or a request that our endpoint and the keystore's see differently.
      if (code === "infrastructure") throw new Error(`The keystore refused: ${answer.denial}`)
      return { ok: false, code, message: `The keystore refused: ${answer.denial}` }
    },
  }

  async function locate(request: ChainRequest, signal: AbortSignal) {
    const { repo, commit } = request.code_source
    try {
      const found = await git.locateCommit(repo, commit, signal)
      return { ok: true as const, ...found, commit: FullCommit.parse(found.commit) }
    } catch (error) {
      if (!(error instanceof RepositoryError)) throw error
      if (error.code === "repository_unreachable") throw error
      return { ok: false as const, code: error.code, message: error.message }
    }
  }

  /** Undefined where what the coordinator has is of another commit, or of nobody that we trust. */
  async function useBuild(
    { request, wasm }: ExecuteTask,
    { commit, repositoryKey: repo }: LocatedCommit,
    signal: AbortSignal,
  ) {
    if (!wasm) return undefined
    const wanted = { repo, commit, buildTarget: request.code_source.build_target }
    const trust = { chain, registerId, ownKey: publicKey }
    const isTrusted = await isTrustedBuild(wasm.record, wanted, trust)
    if (!isTrusted || wasm.record.wasm_hash !== wasm.checksum) return undefined
    const bytes = await coordinator.call(GetWasm, { params: { checksum: wasm.checksum } })
    signal.throwIfAborted()
    if (hashOf(bytes) !== wasm.checksum) return undefined
    return { ok: true as const, wasm: bytes, wasmHash: wasm.checksum }
  }

  async function rebuild({ request }: ExecuteTask, { commit }: LocatedCommit, signal: AbortSignal) {
    const { repo, build_target: buildTarget } = request.code_source
    log.info({ requestId: request.request_id, repo, commit }, "building what is not trusted")
    const maxCompileMs = request.resource_limits.max_compile_seconds * 1_000
    const build = await builder.build({ repo, commit, buildTarget }, { maxCompileMs }, signal)
    if (!build.ok) return { ok: false as const, code: build.code, message: build.message }
    const { record, wasm } = build
    // For whoever runs it next; this run does not depend on it.
    await coordinator
      .call(UploadWasm, { body: { record, wasm } })
      .catch((err: unknown) => log.warn({ err }, "build not kept"))
    return { ok: true as const, wasm, wasmHash: record.wasm_hash }
  }
}

/** Throws for a task whose request is not what its hash names: the keystore compares that with the chain's. */
function requireUnaltered({ contract_id, request }: ExecuteTask): void {
  const { payment, timestamp } = request
  const hashed = { ...request, payment: String(payment), timestamp: String(timestamp) }
  const hash = requestHash({ ...nodePrimitives, sha256 }, contract_id, hashed)
  if (Buffer.from(hash).toString("hex") === request.request_hash) return
  throw new Error(`The coordinator altered request ${request.request_id}`)
}

function hashOf(bytes: Uint8Array): Sha256Hex {
  return Sha256Hex.parse(Buffer.from(sha256(bytes)).toString("hex"))
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest())
}
