/** Whether a child starts here and does what we rely on: V8's flags are "for testing". */
import { FRAME } from "../wire.ts"
import type { Confinement } from "./confinement.ts"
import { GuestProcess } from "./guest-process.ts"
import { Meter } from "./meter.ts"

/** `(module (memory (export "memory") 1) (func $f (export "_start") (call $f)))` */
const ENDLESS_RECURSION = Buffer.from(
  "0061736d010000000104016000000302010005030100010713020" +
    "66d656d6f72790200065f737461727400000a0601040010000b",
  "hex",
)

/**
 * Rejects with the reason. Endless recursion must meet metering's limit: should it meet V8's, a
 * guest's end would depend on V8's compiler; should it meet the kernel's, the child dies.
 */
export async function tryChild(confinement: Confinement, script: Uint8Array): Promise<void> {
  if (confinement.filter) await tryFilter(confinement)
  const start = () => GuestProcess.start(confinement, script)
  const program = { wasm: ENDLESS_RECURSION, hash: "self-test" }
  const metered = await new Meter({ take: start }, []).meter(program, 1)
  if (metered.kind !== "metered") throw new Error("the self-test's module is turned down")
  const guest = await start()
  const { ending } = await guest.ask({
    job: {
      kind: "run",
      arguments: [],
      environment: [],
      seed: Buffer.alloc(32).toString("base64"),
      wallClockNs: "0",
      maxInstructions: "1000000000",
      maxExecutionMs: 10_000,
      maxOutputBytes: 0,
    },
    parts: [metered.wasm, new Uint8Array(0)],
    maxOutputBytes: 0,
    timeoutMs: 20_000,
  })
  await guest.gone
  const ran = ending.kind === "reported" && ending.report.kind === "ran" && ending.report.outcome
  if (!ran || ran.kind !== "stack_overflow")
    throw new Error(`the self-test ended as ${JSON.stringify(ran || ending)}`)
}

/** Without a filter the answer would be EISDIR: that bubblewrap took the option proves little. */
async function tryFilter(confinement: Confinement): Promise<void> {
  const guest = await GuestProcess.start(confinement, Buffer.from(OPENS_TO_WRITE))
  guest.kill()
  await guest.gone
}

const OPENS_TO_WRITE = `
  const fs = require("node:fs")
  let answer = "a descriptor"
  try { fs.openSync("/", "r+") } catch ({ code }) { answer = code }
  if (answer !== "EPERM") throw new Error("the filter has no effect: " + answer)
  fs.writeSync(1, Buffer.from([${FRAME.ready}, 0, 0, 0, 0]))
`
