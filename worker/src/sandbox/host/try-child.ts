/** Whether a child starts here and does what we rely on: V8's flags are "for testing". */
import { meterForGuest } from "@outlayer/metering"
import type { Confinement } from "./confinement.ts"
import { GuestProcess } from "./guest-process.ts"

/** `(module (memory (export "memory") 1) (func $f (export "_start") (call $f)))` */
const ENDLESS_RECURSION = Buffer.from(
  "0061736d010000000104016000000302010005030100010713020" +
    "66d656d6f72790200065f737461727400000a0601040010000b",
  "hex",
)

const NOTHING = new Uint8Array(0)

/** A blink; but a busy machine that is late shall not be taken for one with weaker walls. */
const SELF_TEST_MS = 60_000

/**
 * Rejects with the reason. Endless recursion must meet metering's limit: should it meet V8's, a
 * guest's end would depend on V8's compiler; should it meet the kernel's, the child dies.
 */
export async function tryChild(confinement: Confinement, script: Uint8Array): Promise<void> {
  const guest = await GuestProcess.start(confinement, script)
  const { ending } = await guest.ask({
    job: {
      kind: "run",
      arguments: [],
      environment: [],
      checksLimits: true,
      seed: Buffer.alloc(32).toString("base64"),
      wallClockNs: "0",
      maxInstructions: "1000000000",
      maxExecutionMs: SELF_TEST_MS,
      maxOutputBytes: 0,
    },
    // By ourselves: the module is ours.
    parts: [meterForGuest(ENDLESS_RECURSION, { maxMemoryPages: 1 }).bytes, NOTHING, NOTHING],
    maxOutputBytes: 0,
    timeoutMs: SELF_TEST_MS,
  })
  await guest.gone
  const ran = ending.kind === "reported" && ending.report.kind === "ran" && ending.report.outcome
  if (!ran || ran.kind !== "stack_overflow")
    throw new Error(`the self-test ended as ${JSON.stringify(ran || ending)}`)
}
