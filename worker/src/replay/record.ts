/** From a run to what anybody may know of it, and to what it can be repeated from. */
import { randomBytes } from "node:crypto"
import { gzipSync } from "node:zlib"
import { type HttpExchange, type RunReceipt, Sha256Hex, type Transcript } from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import {
  describeFrame,
  type Execution,
  type Files,
  type GuestInput,
  type Outcome,
  type Program,
  type RunLimits,
} from "../sandbox/sandbox.ts"
import {
  type Draws,
  hashArguments,
  hashFacts,
  hashFiles,
  hashHostAnswers,
  hashPrivate,
  hashReceipt,
  hashShared,
  type PrivatePart,
  type SharedPart,
} from "./hashes.ts"

export interface RecordedRun {
  request: RunReceipt["request"]
  program: Program
  /** Its environment without the secrets: `joinEnvironment` gave the guest both. */
  input: GuestInput
  secrets?: Readonly<Record<string, string>>
  limits: RunLimits
  execution: Execution
  http: readonly HttpExchange[]
}

export type ReceiptDraft = Omit<RunReceipt, "hash" | "version" | "transcript"> & {
  transcript: Pick<RunReceipt["transcript"], "shared_hash" | "private_hash">
}

export interface Recording {
  draft: ReceiptDraft
  shared: SharedPart
  private: PrivatePart | null
}

/** Where a run had secrets, what they could be told from is in the private part alone. */
export function record(run: RecordedRun, blind = () => randomBytes(32)): Recording {
  const { program, input, execution, limits, secrets = {} } = run
  const { outcome, output } = execution
  const stdin = execution.record?.stdin ?? input.stdin
  const draws: Draws = { seed: base64(execution.record?.seed), http: [...run.http] }
  const hidden = Object.entries(secrets)
  const part: PrivatePart | null =
    hidden.length > 0 ? { blinding: base64(blind()), secrets: hidden, draws } : null
  const blinding = base64(blind())
  const args = {
    program_name: input.programName ?? "guest.wasm",
    arguments: [...(input.arguments ?? [])],
  }
  const files = input.files ? writeFiles(input.files) : null
  const facts = {
    request: run.request,
    engine: execution.engine,
    sandbox_level: execution.level,
    wasm_hash: sha256Hex(program.wasm),
    metered_hash: execution.record ? Sha256Hex.parse(execution.record.meteredHash) : null,
    input: { hash: sha256Hex(stdin), bytes: stdin.length },
    arguments_hash: hashArguments(args),
    files_hash: hashFiles(files),
    environment: Object.keys(joinEnvironment(input.environment, secrets)),
    host_answers: {
      count: run.http.length,
      hash: hashHostAnswers(part?.blinding ?? blinding, draws),
    },
    limits: {
      max_instructions: String(limits.maxInstructions),
      max_memory_mb: limits.maxMemoryMb,
      max_execution_ms: limits.maxExecutionMs,
      max_output_bytes: limits.maxOutputBytes,
    },
    outcome: writeOutcome(outcome),
    instructions: String(execution.instructions),
    time_ms: Math.ceil(execution.timeMs),
    output: { hash: sha256Hex(output), bytes: output.length },
  }
  const shared: SharedPart = {
    blinding,
    facts_hash: hashFacts(facts),
    wall_clock_ns: String(execution.record?.wallClockNs ?? 0n),
    ...args,
    environment: Object.entries(input.environment),
    stdin: base64(stdin),
    files,
    draws: part ? null : draws,
  }
  const pointer = { shared_hash: hashShared(shared), private_hash: part && hashPrivate(part) }
  return { draft: { ...facts, transcript: pointer }, shared, private: part }
}

type Keeping = Pick<RunReceipt["transcript"], "state" | "sealed_to" | "expires_at">

export function finishReceipt(draft: ReceiptDraft, keeping: Keeping): RunReceipt {
  const receipt = { ...draft, transcript: { ...draft.transcript, ...keeping } }
  return { version: 1, ...receipt, hash: hashReceipt(receipt) }
}

/** Of a developer's own run: it stays with him, program and all. */
export function ownTranscript({ shared, private: part }: Recording, wasm: Uint8Array): Transcript {
  return { version: 1, shared, private: part, wasm: base64(gzipSync(wasm)) }
}

/** What a guest finds, in this order. No secret may pass for what we say ourselves. */
export function joinEnvironment(
  shared: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...secrets, ...shared }
}

/** In the place of a trap's words: where the engine's heap ends is no rule that another run keeps to. */
const ENGINE_MEMORY = "memory of the engine"

export function isOfEngine({ kind, trap }: RunReceipt["outcome"]): boolean {
  return kind === "out_of_memory" && trap === ENGINE_MEMORY
}

export function writeOutcome(outcome: Outcome): RunReceipt["outcome"] {
  const isTrap = outcome.kind === "trap"
  const isEngine = outcome.kind === "out_of_memory" && outcome.of === "engine"
  return {
    kind: outcome.kind,
    exit_code: outcome.kind === "exit_nonzero" ? outcome.exitCode : null,
    trap: isTrap ? outcome.trap : isEngine ? ENGINE_MEMORY : null,
    where: isTrap ? outcome.where.map(describeFrame) : [],
  }
}

function writeFiles(files: Files): NonNullable<SharedPart["files"]> {
  return Object.entries(files).map(([path, file]) =>
    "link" in file
      ? { path, bytes: null, link: file.link }
      : { path, bytes: base64(file), link: null },
  )
}

function base64(bytes: Uint8Array = new Uint8Array(0)): string {
  return Buffer.from(bytes).toString("base64")
}
