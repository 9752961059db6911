/** Does a run again from its transcript, without any network, and compares it with its receipt. */
import { gunzipSync } from "node:zlib"
import { RunReceipt, Transcript } from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { identify } from "../sandbox/program.ts"
import type { Execution, Files, Program, RunLimits, Sandbox } from "../sandbox/sandbox.ts"
import { type Claim, type ClaimName, compare, failed, proven, unproven } from "./claims.ts"
import {
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
import { playHttp } from "./record-http.ts"
import { isOfEngine, joinEnvironment, writeOutcome } from "./record.ts"

export interface Evidence {
  receipt: unknown
  transcript?: unknown
  wasm?: Uint8Array | undefined
}

/** A sandbox whose every run starts so. */
export type OpenSandbox = (seed: Uint8Array, wallClockNs: bigint) => Promise<Sandbox>

/** These depend on how fast a machine is, or on whoever ended the run. */
const BY_TIME = ["timed_out", "aborted", "infrastructure"]
const MAX_WASM_BYTES = 256 * 1024 * 1024

/** Throws for a transcript that is none; whatever is wrong with the receipt is a claim that fails. */
export async function replay(evidence: Evidence, openSandbox: OpenSandbox): Promise<Claim[]> {
  const parsed = RunReceipt.safeParse(evidence.receipt)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return [failed("receipt", `it is none: ${issue?.path.join(".")}: ${issue?.message}`)]
  }
  const receipt = parsed.data
  const transcript = Transcript.optional().parse(evidence.transcript)
  const wasm = evidence.wasm ?? unpack(transcript?.wasm ?? null)
  const { shared = null, private: part = null } = transcript ?? {}

  return [
    compare("receipt", hashReceipt(receipt), receipt.hash, "SHA-256 of its canonical bytes"),
    ...checkTranscript(receipt, shared, part),
    ...(await checkRun(receipt, wasm && identify(wasm), shared, part, openSandbox)),
    unproven(
      "circumstances",
      `${receipt.sandbox_level}, ${receipt.time_ms} ms: no replay can tell`,
    ),
  ]
}

function checkTranscript(
  receipt: RunReceipt,
  shared: SharedPart | null,
  part: PrivatePart | null,
): Claim[] {
  const { shared_hash, private_hash } = receipt.transcript
  const without = (claim: ClaimName) => unproven(claim, "needs the transcript")
  const privately = (claim: ClaimName) => unproven(claim, "needs the part for the secrets' owner")
  const claims: Claim[] = [
    shared
      ? hashFacts(receipt) === shared.facts_hash
        ? compare("transcript", hashShared(shared), shared_hash, "SHA-256 of its canonical bytes")
        : failed("transcript", "it was made with a receipt that says other things")
      : without("transcript"),
  ]
  if (private_hash !== null)
    claims.push(
      part
        ? compare("private transcript", hashPrivate(part), private_hash, "SHA-256 likewise")
        : privately("private transcript"),
    )
  if (!shared) {
    const rest = ["input", "arguments", "files", "environment", "host answers"] as const
    return [...claims, ...rest.map(without)]
  }
  const stdin = Buffer.from(shared.stdin, "base64")
  const draws = part?.draws ?? shared.draws
  const sizes = [stdin.length, receipt.input.bytes]
  claims.push(
    sizes[0] === sizes[1]
      ? compare("input", sha256Hex(stdin), receipt.input.hash, "SHA-256 of stdin")
      : failed("input", `${sizes[0]} bytes, where the receipt says ${sizes[1]}`),
    compare("arguments", hashArguments(shared), receipt.arguments_hash, "SHA-256 of all"),
    compare("files", hashFiles(shared.files), receipt.files_hash, "SHA-256 of paths and contents"),
    private_hash !== null && !part
      ? privately("environment")
      : compare(
          "environment",
          JSON.stringify(Object.keys(environmentOf(shared, part))),
          JSON.stringify(receipt.environment),
          "its names",
        ),
    draws ? checkAnswers(receipt, (part ?? shared).blinding, draws) : privately("host answers"),
  )
  return claims
}

function checkAnswers(
  { host_answers: said }: RunReceipt,
  blinding: string,
  draws: PrivatePart["draws"],
): Claim {
  const { length } = draws.http
  return length === said.count
    ? compare("host answers", hashHostAnswers(blinding, draws), said.hash, `SHA-256 of ${length}`)
    : failed("host answers", `${length}, where the receipt says ${said.count}`)
}

async function checkRun(
  receipt: RunReceipt,
  program: Program | undefined,
  shared: SharedPart | null,
  part: PrivatePart | null,
  openSandbox: OpenSandbox,
): Promise<Claim[]> {
  if (!program) return unprovenRun("needs the program: --wasm FILE", true)
  const draws = part?.draws ?? shared?.draws
  const seed = Buffer.from(draws?.seed ?? "", "base64")
  const clock = BigInt(shared?.wall_clock_ns ?? 0)
  await using sandbox = await openSandbox(seed.length === 32 ? seed : new Uint8Array(32), clock)
  const isSameEngine = sandbox.engine === receipt.engine
  const claims: Claim[] = [
    compare("program", program.hash, receipt.wasm_hash, "SHA-256 of the module"),
    isSameEngine
      ? proven("engine", sandbox.engine)
      : unproven("engine", `this one is ${sandbox.engine}, the receipt's ${receipt.engine}`),
    await checkMetered(receipt, program, sandbox, isSameEngine),
  ]
  if (!shared) return [...claims, ...unprovenRun("needs the transcript")]
  if (!draws) return [...claims, ...unprovenRun("needs the part for the secrets' owner")]
  const chance = whyByChance(receipt.outcome)
  if (chance) return [...claims, ...unprovenRun(`a run that ended by ${chance}`)]

  const http = playHttp(draws.http)
  const execution = await sandbox.run(
    program,
    {
      stdin: Buffer.from(shared.stdin, "base64"),
      environment: environmentOf(shared, part),
      programName: shared.program_name,
      arguments: shared.arguments,
      files: shared.files ? readFiles(shared.files) : undefined,
    },
    limitsOf(receipt),
    { http: http.client },
  )
  const ownChance = whyByChance(writeOutcome(execution.outcome))
  if (ownChance) return [...claims, ...unprovenRun(`the replay itself ended by ${ownChance}`)]
  const difference = http.findDifference()
  if (difference !== undefined)
    claims.push(failed("outcome", `the replay asked its hosts otherwise: ${difference}`))
  return [...claims, ...compareRuns(receipt, execution, isSameEngine)]
}

function whyByChance(outcome: RunReceipt["outcome"]): string | undefined {
  if (BY_TIME.includes(outcome.kind)) return `${outcome.kind}, which depends on time`
  return isOfEngine(outcome) ? "the engine's memory, which is not the guest's" : undefined
}

function compareRuns(receipt: RunReceipt, execution: Execution, isSameEngine: boolean): Claim[] {
  const { output, instructions, outcome } = execution
  const sizes = [output.length, receipt.output.bytes]
  const claims = [
    compare(
      "outcome",
      JSON.stringify(writeOutcome(outcome)),
      JSON.stringify(receipt.outcome),
      `the replay ended by ${outcome.kind}`,
    ),
    compare("instructions", String(instructions), receipt.instructions, "fuel of the replay"),
    sizes[0] === sizes[1]
      ? compare("output", sha256Hex(output), receipt.output.hash, "SHA-256 of the replay's stdout")
      : failed("output", `${sizes[0]} bytes, where the receipt says ${sizes[1]}`),
  ]
  // Another engine may well count or trap in other words: that is no lie of the receipt.
  return claims.map((claim) =>
    claim.verdict === "FAIL" && !isSameEngine
      ? { ...claim, verdict: "UNPROVEN", why: `another engine: ${claim.why}` }
      : claim,
  )
}

async function checkMetered(
  receipt: RunReceipt,
  program: Program,
  sandbox: Sandbox,
  isSameEngine: boolean,
): Promise<Claim> {
  const metered = await sandbox.hashMetered(program, limitsOf(receipt))
  const what = "SHA-256 of what V8 is given"
  if (!isSameEngine && metered !== receipt.metered_hash)
    return unproven("metered program", "another engine meters in another way")
  return compare("metered program", metered, receipt.metered_hash, what)
}

function unprovenRun(why: string, isProgramMissing = false): Claim[] {
  const names: ClaimName[] = ["outcome", "instructions", "output"]
  if (isProgramMissing) names.unshift("program", "engine", "metered program")
  return names.map((claim) => unproven(claim, why))
}

function environmentOf(shared: SharedPart, part: PrivatePart | null): Record<string, string> {
  return joinEnvironment(
    Object.fromEntries(shared.environment),
    Object.fromEntries(part?.secrets ?? []),
  )
}

function readFiles(files: NonNullable<SharedPart["files"]>): Files {
  return Object.fromEntries(
    files.map(({ path, bytes, link }) => [
      path,
      link === null ? Buffer.from(bytes ?? "", "base64") : { link },
    ]),
  )
}

function limitsOf({ limits }: RunReceipt): RunLimits {
  return {
    maxInstructions: BigInt(limits.max_instructions),
    maxMemoryMb: limits.max_memory_mb,
    maxExecutionMs: limits.max_execution_ms,
    maxOutputBytes: limits.max_output_bytes,
  }
}

function unpack(wasm: string | null): Uint8Array | undefined {
  if (wasm === null) return undefined
  return gunzipSync(Buffer.from(wasm, "base64"), { maxOutputLength: MAX_WASM_BYTES })
}
