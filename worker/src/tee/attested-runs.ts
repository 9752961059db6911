/**
 * What this worker's machine says of a run, kept by the coordinator and named on the chain. Only of a
 * run that it can answer for: of a request as the chain has it, of a program that it trusts.
 */
import type { DstackClient } from "@outlayer/attestation"
import type { Chain } from "@outlayer/near"
import {
  type ExecuteTask,
  type ExecutionOutput,
  type ExecutionResponse,
  FullCommit,
  PublicKey,
  ResultStatement,
  type Sha256Hex,
  StoreAttestation,
} from "@outlayer/protocol"
import { resultReportData } from "@outlayer/protocol/pure"
import { nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import type { Coordinator } from "../coordinator.ts"
import { within } from "../within.ts"
import type { TrustedPrograms } from "./trusted-programs.ts"

/** Block, quote and storing: the settlement waits for them, and the chain for neither (12 blocks are kept). */
const ATTEST_MS = 3_000

interface FinishedRun {
  answer: ExecutionResponse
  wasmHash: Sha256Hex
  receiptHash: Sha256Hex
}

export interface AttestedRuns {
  /** The program to run, or what the request is to end with. */
  prepare: TrustedPrograms["find"]
  /**
   * The attestation's hash. Undefined where there is none: who waits for an answer is not to lose it
   * for want of a proof, so it is settled without.
   */
  attest(task: ExecuteTask, run: FinishedRun): Promise<Sha256Hex | undefined>
}

export interface AttestedRunsOptions {
  programs: Pick<TrustedPrograms, "find">
  coordinator: Coordinator
  chain: Pick<Chain, "finalBlock">
  dstack: Pick<DstackClient, "getQuote">
  /** The chain's id. */
  network: string
  /** That settles. */
  publicKey: string
  log: Logger
  withinMs?: number
}

export function createAttestedRuns(options: AttestedRunsOptions): AttestedRuns {
  const { programs, coordinator, chain, dstack, network, log, withinMs = ATTEST_MS } = options
  const worker_key = PublicKey.parse(options.publicKey)
  return {
    prepare: (task, signal) => programs.find(task, signal),

    async attest(task, run) {
      const requestId = task.request.request_id
      const begun = performance.now()
      try {
        const hash = await within(withinMs, attestOnce(task, run))
        log.info({ requestId, hash, ms: Math.round(performance.now() - begun) }, "run attested")
        return hash
      } catch (err) {
        log.error({ err, requestId }, "run not attested")
        return undefined
      }
    },
  }

  async function attestOnce(task: ExecuteTask, run: FinishedRun): Promise<Sha256Hex> {
    const { answer, wasmHash: wasm_hash, receiptHash: receipt_hash } = run
    const { height: block_height, hash: block_hash } = await chain.finalBlock()
    const statement = ResultStatement.parse({
      network,
      contract_id: task.contract_id,
      request_id: task.request.request_id,
      request_hash: task.request.request_hash,
      commit: FullCommit.parse(answer.resolved_commit),
      wasm_hash,
      output_hash: answer.output && sha256Hex(bytesOf(answer.output)),
      error_code: answer.error?.code ?? null,
      instructions: String(answer.resources_used.instructions),
      block_height,
      block_hash,
      worker_key,
      receipt_hash,
    })
    const reportData = resultReportData(nodePrimitives, statement)
    const { quote, eventLog } = await dstack.getQuote(reportData)
    const attestation = { statement, quote, event_log: JSON.stringify(eventLog) }
    const { hash } = await coordinator.call(
      StoreAttestation,
      { body: { ...task.key, attestation } },
      AbortSignal.timeout(withinMs),
    )
    return hash
  }
}

/** As the chain carries it. */
function bytesOf(output: ExecutionOutput): Uint8Array {
  if ("Bytes" in output) return Buffer.from(output.Bytes, "base64")
  return nodePrimitives.utf8("Text" in output ? output.Text : output.JsonText)
}
