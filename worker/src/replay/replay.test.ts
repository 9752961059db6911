import { RunReceipt, Transcript } from "@outlayer/protocol"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { HttpClient } from "../sandbox/http/exchange.ts"
import type { Program, Sandbox } from "../sandbox/sandbox.ts"
import { LIMITS, open } from "../sandbox/sandbox-test.ts"
import { command, compileC } from "../sandbox/test-guests.ts"
import { type Claim, verdictOf } from "./claims.ts"
import { hashFacts, hashReceipt, hashShared } from "./hashes.ts"
import { finishReceipt, ownTranscript, record, type RecordedRun } from "./record.ts"
import { playHttp, recordHttp } from "./record-http.ts"
import { replay } from "./replay.ts"

let guest: Program
let sandbox: Sandbox
beforeAll(async () => {
  ;[guest, sandbox] = await Promise.all([compileC(), open({ levels: ["process"] })])
})
afterAll(() => sandbox[Symbol.asyncDispose]())

const OPEN = (seed: Uint8Array, clock: bigint) =>
  open({ levels: ["process"], drawSeed: () => seed, readWallClock: () => clock })
const OWN = { state: "not_kept" as const, sealed_to: [], expires_at: null }

test.for(["random", "clock", "env", "echo", "copy", "exit", "depth"])(
  "a run of %s is proven from its transcript alone",
  async (what) => {
    const { receipt, transcript } = await recordRun(what)

    const claims = await replay({ receipt, transcript }, OPEN)

    expect(claims.filter(({ verdict }) => verdict !== "PROVEN")).toMatchObject([
      { claim: "circumstances", verdict: "UNPROVEN" },
    ])
    expect(verdictOf(claims)).toBe("PROVEN")
  },
)

test("a trap, and a program that is refused, are proven too", async () => {
  for (const program of [
    await command(`(func (export "_start") (unreachable))`),
    await command(""),
  ]) {
    const { receipt, transcript } = await recordRun("", program)

    expect(receipt.outcome.kind).toMatch(/trap|refused/)
    expect(verdictOf(await replay({ receipt, transcript }, OPEN))).toBe("PROVEN")
  }
})

test("without the transcript hashes are verified, and the rest is UNPROVEN", async () => {
  const { receipt } = await recordRun("random")

  const claims = await replay({ receipt, wasm: guest.wasm }, OPEN)

  expect(named(claims, "PROVEN")).toEqual(["receipt", "program", "engine", "metered program"])
  expect(verdictOf(claims)).toBe("UNPROVEN")
  expect(named(await replay({ receipt }, OPEN), "PROVEN")).toEqual(["receipt"])
})

test("another program is found out", async () => {
  const { receipt } = await recordRun("random")
  const other = await command(`(func (export "_start"))`)

  const claims = await replay({ receipt, wasm: other.wasm }, OPEN)

  expect(named(claims, "FAIL")).toEqual(["program", "metered program"])
})

test("whatever is altered in a receipt is found out, with or without its hash made new", async () => {
  const { receipt, transcript } = await recordRun("random")
  // Without the program: no run is needed to see it.
  const { shared } = transcript
  const evidence = { version: 1, shared, private: null, wasm: null }
  const changed: Partial<RunReceipt>[] = [
    { engine: "node-v0" },
    { sandbox_level: "none" },
    { wasm_hash: other(receipt.wasm_hash) },
    { metered_hash: other(receipt.wasm_hash) },
    { input: { ...receipt.input, bytes: 1 } },
    { input: { ...receipt.input, hash: other(receipt.input.hash) } },
    { arguments_hash: other(receipt.arguments_hash) },
    { files_hash: other(receipt.arguments_hash) },
    { environment: [...receipt.environment, "B"] },
    { host_answers: { ...receipt.host_answers, count: 1 } },
    { limits: { ...receipt.limits, max_instructions: "7" } },
    { limits: { ...receipt.limits, max_memory_mb: 7 } },
    { outcome: { ...receipt.outcome, kind: "trap" } },
    { instructions: String(BigInt(receipt.instructions) + 1n) },
    { time_ms: receipt.time_ms + 1 },
    { output: { ...receipt.output, hash: other(receipt.output.hash) } },
    { output: { ...receipt.output, bytes: 1 } },
    { transcript: { ...receipt.transcript, shared_hash: other(receipt.output.hash) } },
  ]
  for (const change of changed) {
    const altered = { ...receipt, ...change }
    const renewed = { ...altered, hash: hashReceipt(altered) }

    for (const forged of [altered, renewed])
      expect([
        change,
        verdictOf(await replay({ receipt: forged, transcript: evidence }, OPEN)),
      ]).toEqual([change, "FAIL"])
  }
})

test("who makes receipt and transcript anew is found out by the run", async () => {
  const { receipt, transcript } = await recordRun("random")
  const forge = (change: Partial<RunReceipt>) => {
    const draft = { ...receipt, ...change }
    const shared = transcript.shared && { ...transcript.shared, facts_hash: hashFacts(draft) }
    const shared_hash = shared ? hashShared(shared) : draft.hash
    draft.transcript = { ...receipt.transcript, shared_hash }
    return { receipt: finishReceipt(draft, OWN), transcript: { ...transcript, shared } }
  }
  const failures = async (change: Partial<RunReceipt>) =>
    named(await replay(forge(change), OPEN), "FAIL")

  expect(await failures({})).toEqual([])
  const more = String(BigInt(receipt.instructions) + 1n)
  expect(await failures({ instructions: more })).toEqual(["instructions"])
  const hash = other(receipt.output.hash)
  expect(await failures({ output: { ...receipt.output, hash } })).toEqual(["output"])
  const trap = { ...receipt.outcome, kind: "trap" }
  expect(await failures({ outcome: trap })).toEqual(["outcome"])
  const small = { ...receipt.limits, max_memory_mb: 9 }
  expect(await failures({ limits: small })).toEqual(["metered program"])
})

test("whatever is altered in a transcript is found out", async () => {
  const { receipt, transcript } = await recordRun("random")
  const { shared } = transcript
  if (!shared) throw new Error("no transcript")
  for (const change of [
    { blinding: "AAAA" },
    { wall_clock_ns: "1" },
    { program_name: "x" },
    { arguments: ["clock"] },
    { environment: [["SECRET", "other"]] as [string, string][] },
    { stdin: "AAAA" },
    { files: null },
    { draws: { seed: Buffer.alloc(32).toString("base64"), http: [] } },
  ]) {
    const altered = { ...transcript, shared: { ...shared, ...change } }

    const evidence = { receipt, transcript: { ...altered, wasm: null } }
    expect(named(await replay(evidence, OPEN), "FAIL")).toContain("transcript")
  }
})

test("secrets, and what they could be told from, are in the private part alone", async () => {
  const execution = await sandbox.run(guest, inputOf("env", { KEY: "s3cret", A: "1" }), LIMITS)
  const input = inputOf("env", { A: "1" })
  const { draft, ...parts } = record({ ...facts(input), execution, secrets: { KEY: "s3cret" } })
  const receipt = finishReceipt(draft, OWN)
  const shared = { version: 1, shared: parts.shared, private: null, wasm: null }

  expect(JSON.stringify([receipt, shared])).not.toMatch(/s3cret|"seed":"\w/)
  expect(receipt.environment).toEqual(["KEY", "A"])
  const asCaller = await replay({ receipt, transcript: shared, wasm: guest.wasm }, OPEN)
  expect(verdictOf(asCaller)).toBe("UNPROVEN")
  expect(named(asCaller, "PROVEN")).toContain("transcript")
  const whole = { ...shared, private: parts.private }
  expect(verdictOf(await replay({ receipt, transcript: whole, wasm: guest.wasm }, OPEN))).toBe(
    "PROVEN",
  )
})

test("the hash of what hosts answered gives no guess away", async () => {
  const run = { ...facts(inputOf("env", {})), execution: (await recordRun("env")).execution }

  expect(record(run).draft.host_answers.hash).not.toBe(record(run).draft.host_answers.hash)
})

test("a run that time has ended is not proven by one that it has not", async () => {
  const loop = await command(`(func (export "_start") (loop $again (br $again)))`)
  const limits = { ...LIMITS, maxInstructions: 10n ** 17n, maxExecutionMs: 50 }
  const input = inputOf("", {})
  const execution = await sandbox.run(loop, input, limits)
  const evidence = evidenceOf({ ...facts(input), program: loop, limits, execution })

  const claims = await replay(evidence, OPEN)

  expect(evidence.receipt.outcome.kind).toBe("timed_out")
  expect(named(claims, "UNPROVEN")).toContain("output")
  expect(verdictOf(claims)).toBe("UNPROVEN")
})

test("the guest's own memory limit is proven, the engine's memory neither proves nor refutes", async () => {
  const limits = { ...LIMITS, maxMemoryMb: 8 }
  const input = inputOf("allocate", {})
  const execution = await sandbox.run(guest, input, limits)
  const ofEngine = { ...execution, outcome: { kind: "out_of_memory", of: "engine" } as const }
  const given = { ...facts(input), limits }
  const own = evidenceOf({ ...given, execution })
  const unlucky = evidenceOf({ ...given, execution: { ...ofEngine, instructions: 0n } })
  const openSmall: typeof OPEN = async (...start) => ({
    ...(await OPEN(...start)),
    run: async () => ofEngine,
  })

  expect(execution.outcome).toEqual({ kind: "out_of_memory" })
  expect(verdictOf(await replay(own, OPEN))).toBe("PROVEN")
  expect(verdictOf(await replay(unlucky, OPEN))).toBe("UNPROVEN")
  expect(verdictOf(await replay(own, openSmall))).toBe("UNPROVEN")
  const lie = { ...unlucky.receipt, outcome: { ...unlucky.receipt.outcome, kind: "ok" } }
  expect(verdictOf(await replay({ ...unlucky, receipt: lie }, OPEN))).toBe("FAIL")
})

test("what is no receipt fails, and what is no transcript is said to be none", async () => {
  expect(await replay({ receipt: { version: 2 } }, OPEN)).toMatchObject([{ verdict: "FAIL" }])
  const { receipt } = await recordRun("env")
  await expect(replay({ receipt, transcript: {} }, OPEN)).rejects.toThrow("version")
})

test("HTTP is played back as it was taken, and another request is a difference", async () => {
  const recorder = recordHttp(HOST)
  expect(await converse(recorder.client, "/a")).toEqual(["200", "one", "two", "end"])
  expect(await converse(recorder.client, "/down")).toEqual(["DNS-error"])

  const player = playHttp(JSON.parse(JSON.stringify(recorder.exchanges)))
  expect(player.findDifference()).toBe("0 of 2 requests")
  expect(await converse(player.client, "/a")).toEqual(["200", "one", "two", "end"])
  expect(await converse(player.client, "/down")).toEqual(["DNS-error"])
  expect(player.findDifference()).toBeUndefined()
  expect(await converse(player.client, "/more")).toEqual(["internal-error"])
  expect(player.findDifference()).toMatch("too many")
  const other = playHttp(recorder.exchanges)
  expect(await converse(other.client, "/b")).toEqual(["internal-error"])
  expect(other.findDifference()).toBe("request 1 is another")
})

function inputOf(what: string, environment: Record<string, string>) {
  const files = { "in/a.txt": Buffer.from("carried\n"), "out/": Buffer.of(), l: { link: "in" } }
  return { stdin: Buffer.from("typed in"), environment, arguments: [what], files }
}

function facts(input: RecordedRun["input"]): Omit<RecordedRun, "execution"> {
  return { request: null, program: guest, input, limits: LIMITS, http: [] }
}

async function recordRun(what: string, program = guest) {
  const input = inputOf(what, { SECRET: "s3cret=ä" })
  const execution = await sandbox.run(program, input, LIMITS)
  const recording = record({ ...facts(input), program, execution })
  // As they travel.
  const receipt = RunReceipt.parse(overTheWire(finishReceipt(recording.draft, OWN)))
  const transcript = Transcript.parse(overTheWire(ownTranscript(recording, program.wasm)))
  return { receipt, transcript, execution }
}

function evidenceOf(run: RecordedRun) {
  const recording = record(run)
  const receipt = finishReceipt(recording.draft, OWN)
  return { receipt, transcript: ownTranscript(recording, run.program.wasm) }
}

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function named(claims: readonly Claim[], verdict: Claim["verdict"]) {
  return claims.filter((claim) => claim.verdict === verdict).map(({ claim }) => claim)
}

function other<T extends string>(hash: T): T {
  return hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) as T
}

const HOST: HttpClient = {
  async exchange({ path }) {
    if (path === "/down") return { kind: "failure", code: "DNS-error" }
    const pieces = ["one", "two"]
    const read = async () => {
      const piece = pieces.shift()
      return piece === undefined
        ? { kind: "end" as const, trailers: [] }
        : { kind: "bytes" as const, bytes: Buffer.from(piece) }
    }
    return { kind: "response", status: 200, headers: [["a", "b"]], body: { read, close() {} } }
  },
}

async function converse(client: HttpClient, path: string): Promise<string[]> {
  const request = { method: "GET", scheme: "https", authority: "a.example", path } as const
  const rest = { headers: [], body: Buffer.of(), timeouts: {} }
  const answer = await client.exchange({ ...request, ...rest }, new AbortController().signal)
  if (answer.kind === "failure") return [answer.code]
  const said = [String(answer.status)]
  for (;;) {
    const piece = await answer.body.read()
    said.push(piece.kind === "bytes" ? Buffer.from(piece.bytes).toString() : piece.kind)
    if (piece.kind !== "bytes") return said
  }
}
