/** What a task that names secrets is run with: the very program that this worker trusts, and the values. */
import { type ExecuteTask, MAX_BRANCHES } from "@outlayer/protocol"
import { DENIALS, type FailureCode, type SecretValues } from "@outlayer/protocol/pure"
import type { Logger } from "@outlayer/service"
import type { KeystoreClient } from "./keystore-session.ts"
import type { TrustedProgram, TrustedPrograms } from "./trusted-programs.ts"

type Prepared =
  | (TrustedProgram & { values: SecretValues })
  | { ok: false; code: FailureCode; message: string }

export interface TaskSecrets {
  /** Throws for what may go better later; whatever the request is to end with is data. */
  prepare(task: ExecuteTask, signal: AbortSignal): Promise<Prepared>
}

export interface TaskSecretsOptions {
  programs: Pick<TrustedPrograms, "locate">
  keystore: KeystoreClient
  log: Logger
}

export function createTaskSecrets({ programs, keystore, log }: TaskSecretsOptions): TaskSecrets {
  return {
    async prepare(task, signal) {
      const { request, contract_id } = task
      const program = await programs.locate(task, signal)
      if (!program.ok) return program
      const named = request.code_source.commit
      // Of a branch by name no other counts: an old commit may be on hundreds.
      const branches = program.branches.includes(named) ? [named] : program.branches
      if (branches.length > MAX_BRANCHES) return tooManyBranches(branches.length)

      const answer = await keystore.ask({
        contract_id,
        request_id: request.request_id,
        request_hash: request.request_hash,
        commit: program.commit,
        wasm_hash: program.wasmHash,
        branches: [...branches],
      })
      const requestId = request.request_id
      log.info({ requestId, denial: answer.ok ? null : answer.denial }, "keystore answered")
      if (answer.ok) return { ...program, values: answer.values }
      const code = DENIALS[answer.denial]
      // No quorum for now, or a request that our endpoint and the keystore's see differently.
      if (code === "infrastructure") throw new Error(`The keystore refused: ${answer.denial}`)
      return { ok: false, code, message: `The keystore refused: ${answer.denial}` }
    },
  }
}

function tooManyBranches(count: number) {
  const message = `The commit is on ${count} branches, more than ${MAX_BRANCHES}: ask by the branch`
  return { ok: false as const, code: "secrets_not_found" as const, message }
}
