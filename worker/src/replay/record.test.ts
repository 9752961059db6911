import { createHash, randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import type { Execution } from "../sandbox/sandbox.ts"
import { identify } from "../sandbox/program.ts"
import { LIMITS } from "../sandbox/sandbox-test.ts"
import { finishReceipt, record, type RecordedRun } from "./record.ts"
import { findTraces } from "./seed-traces.fixture.ts"

const program = identify(Buffer.from("\0asm"))
const input = { stdin: Buffer.from("typed in"), environment: { NEAR_REQUEST_ID: "7" } }
const OWN = { state: "not_kept" as const, sealed_to: [], expires_at: null }

test.for([{}, { KEY: "s3cret" }])(
  "a receipt tells nothing of the seed, nor a hash to try guesses on; secrets: %j",
  (secrets) => {
    const seed = randomBytes(32)
    const receiptOf = (drawn: Uint8Array, blind?: Parameters<typeof record>[1]) =>
      finishReceipt(record(run(drawn, secrets), blind).draft, OWN)

    expect(findTraces(seed, receiptOf(seed))).toEqual([])
    // Who guessed it rightly, and knows all else, makes another receipt: he does not know the blinding.
    const { hash, transcript, host_answers, ...rest } = receiptOf(seed)
    const again = receiptOf(seed)
    expect(again).toMatchObject(rest)
    expect(again.hash).not.toBe(hash)
    expect(again.transcript.shared_hash).not.toBe(transcript.shared_hash)
    expect(again.host_answers.hash).not.toBe(host_answers.hash)
    // Nothing of it but the transcript's hashes comes of the seed.
    const fixed = () => Buffer.alloc(32)
    const [one, other] = [receiptOf(seed, fixed), receiptOf(randomBytes(32), fixed)]
    const nowhere = { hash: "", transcript: "" }
    expect({ ...one, ...nowhere }).toEqual({ ...other, ...nowhere })
  },
)

test.for([
  ["itself", (seed: Buffer) => ({ log: [`drew ${seed.toString("base64")}`] })],
  ["its bytes", (seed: Buffer) => ({ given: seed })],
  ["its hash", (seed: Buffer) => createHash("sha256").update(seed).digest("hex")],
  [
    "the hash of its text",
    (seed: Buffer) => createHash("sha512").update(seed.toString("base64")).digest("base64"),
  ],
] as const)("what tells a seed is found: %s", ([, tell]) => {
  const seed = randomBytes(32)

  expect(findTraces(seed, tell(seed))).not.toEqual([])
})

function run(seed: Uint8Array, secrets: Record<string, string>): RecordedRun {
  const meteredHash = program.hash
  const execution: Execution = {
    outcome: { kind: "ok" },
    instructions: 9n,
    timeMs: 1,
    output: Buffer.from("out"),
    stderrTail: Buffer.of(),
    level: "process",
    engine: "e",
    record: { meteredHash, seed, wallClockNs: 1_700_000_000_000_000_000n, stdin: input.stdin },
  }
  return { request: null, program, input, secrets, limits: LIMITS, http: [], execution }
}
