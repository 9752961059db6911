/**
 * Programs that this worker can answer for. The coordinator may have altered whatever it gave us, so
 * nothing of it is believed here: the request by its hash, the commit by a clone of our own or the
 * builder's, the program by its builder's key.
 */
import { type Git, type LocatedCommit, RepositoryError } from "@outlayer/git"
import type { Witnesses } from "@outlayer/near"
import {
  type ExecuteTask,
  FullCommit,
  GetWasm,
  type Sha256Hex,
  UploadWasm,
} from "@outlayer/protocol"
import { commitKind, type FailureCode, repositoryKey, requestHash } from "@outlayer/protocol/pure"
import { nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import type { z } from "zod"
import type { Builder } from "../compile/builder.ts"
import type { FailedBuilds } from "../compile/failed-builds.ts"
import type { Coordinator } from "../coordinator.ts"
import { isTrustedBuild } from "./trusted-build.ts"

/** What such a task asks for nobody did: it is not run at all. */
export class AlteredRequest extends Error {
  constructor(requestId: number) {
    super(`The coordinator altered request ${requestId}`)
    this.name = "AlteredRequest"
  }
}

export interface TrustedProgram {
  ok: true
  commit: z.infer<typeof FullCommit>
  wasm: Uint8Array
  wasmHash: Sha256Hex
}

/** What the request is to end with. */
interface Failed {
  ok: false
  code: FailureCode
  message: string
}

type Found = (TrustedProgram & { branches: readonly string[] }) | Failed

export interface TrustedPrograms {
  /**
   * With the branches that hold the commit now, by a clone of our own. Throws for what may go better
   * later; whatever the request is to end with is data.
   */
  locate(task: ExecuteTask, signal: AbortSignal): Promise<Found>
  /**
   * That of the task's commit, and without a clone if there can be. Where a branch has moved on since
   * the coordinator resolved it, the older commit, as long as the repository has it.
   */
  find(task: ExecuteTask, signal: AbortSignal): Promise<TrustedProgram | Failed>
}

export interface TrustedProgramsOptions {
  coordinator: Coordinator
  witnesses: Pick<Witnesses, "view">
  git: Git
  builder: Builder
  /** Of this worker's own. */
  failedBuilds: FailedBuilds
  registerId: string
  /** This worker's own, which it signs builds with. */
  publicKey: string
  log: Logger
}

export function createTrustedPrograms(options: TrustedProgramsOptions): TrustedPrograms {
  const { coordinator, witnesses, git, builder, failedBuilds } = options
  const { registerId, publicKey, log } = options
  return {
    async locate(task, signal) {
      requireUnaltered(task)
      return locateAt(task, task.request.code_source.commit, signal)
    },

    async find(task, signal) {
      const { request, wasm, resolved_commit } = task
      requireUnaltered(task)
      const repoKey = repositoryKey(request.code_source.repo)
      const { commit } = request.code_source
      if (wasm && resolved_commit && repoKey !== undefined) {
        const source = { commit: resolved_commit, repositoryKey: repoKey }
        const isKnown = isNamed(commit, resolved_commit, wasm.record.branches)
        const build = isKnown && (await useBuild(task, source, signal))
        if (build) return build
      }
      const found = await locateAt(task, commit, signal)
      if (!found.ok || !resolved_commit || found.commit === resolved_commit) return found
      const older = await locateAt(task, resolved_commit, signal)
      return older.ok ? older : found
    },
  }

  async function locateAt(task: ExecuteTask, ref: string, signal: AbortSignal): Promise<Found> {
    const located = await locateCommit(task.request.code_source.repo, ref, signal)
    if (!located.ok) return located
    const program =
      (await useBuild(task, located, signal)) ?? (await rebuild(task, located, signal))
    return program.ok ? { ...program, branches: located.branches } : program
  }

  async function locateCommit(repo: string, commit: string, signal: AbortSignal) {
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
    { commit, repositoryKey: repo }: Pick<LocatedCommit, "commit" | "repositoryKey">,
    signal: AbortSignal,
  ) {
    if (!wasm) return undefined
    const wanted = { repo, commit, buildTarget: request.code_source.build_target }
    const trust = { witnesses, registerId, ownKey: publicKey }
    const isTrusted = await isTrustedBuild(wasm.record, wanted, trust)
    if (!isTrusted || wasm.record.wasm_hash !== wasm.checksum) return undefined
    const bytes = await coordinator
      .call(GetWasm, { params: { checksum: wasm.checksum } })
      .catch((err: unknown) => {
        log.warn({ err }, "build not served")
        return undefined
      })
    signal.throwIfAborted()
    if (!bytes || sha256Hex(bytes) !== wasm.checksum) return undefined
    return {
      ok: true as const,
      commit: wasm.record.commit,
      wasm: bytes,
      wasmHash: wasm.checksum,
    }
  }

  async function rebuild(
    { request }: ExecuteTask,
    { commit }: { commit: z.infer<typeof FullCommit> },
    signal: AbortSignal,
  ) {
    const { repo, build_target: buildTarget } = request.code_source
    const source = { repo, commit, buildTarget }
    const limits = { maxCompileMs: request.resource_limits.max_compile_seconds * 1_000 }
    const known = failedBuilds.find(source, limits)
    if (known) return { ok: false as const, ...known }
    log.info({ requestId: request.request_id, repo, commit }, "building what is not trusted")
    const build = await builder.build(source, limits, signal)
    failedBuilds.keep(source, limits, build)
    if (!build.ok) return { ok: false as const, code: build.code, message: build.message }
    const { record, wasm } = build
    // For whoever runs it next; this run does not depend on it.
    await coordinator
      .call(UploadWasm, { body: { record, wasm } })
      .catch((err: unknown) => log.warn({ err }, "build not kept"))
    return { ok: true as const, commit, wasm, wasmHash: record.wasm_hash }
  }
}

/** Whether what was asked for is the commit, as its builder saw branches and tags. */
function isNamed(asked: string, commit: string, refs: readonly string[]): boolean {
  return commitKind(asked) === "full" ? asked.toLowerCase() === commit : refs.includes(asked)
}

/** Throws for a task whose request is not what its hash names: others compare that with the chain's. */
function requireUnaltered({ contract_id, request }: ExecuteTask): void {
  const { payment, timestamp } = request
  const hashed = { ...request, payment: String(payment), timestamp: String(timestamp) }
  const hash = requestHash(nodePrimitives, contract_id, hashed)
  if (Buffer.from(hash).toString("hex") === request.request_hash) return
  throw new AlteredRequest(request.request_id)
}
