/** Has a child compile our script, so that those after it need not. */
import type { Confinement } from "./confinement.ts"
import { GuestProcess } from "./guest-process.ts"
import { sourceOf } from "./runtime.ts"

/** A blink, but for a busy machine. */
const TIMEOUT_MS = 60_000
let compiled: Promise<Uint8Array> | undefined

/** The same for all levels: V8's flags are, without which it would be refused. */
export function compileRuntime(confinement: Confinement, script: Uint8Array): Promise<Uint8Array> {
  compiled ??= compile(confinement, script).catch((error) => {
    compiled = undefined
    throw error
  })
  return compiled
}

async function compile(confinement: Confinement, script: Uint8Array): Promise<Uint8Array> {
  const guest = await GuestProcess.start(confinement, script)
  const { ending, code } = await guest.ask({
    job: { kind: "compile" },
    parts: [sourceOf(script)],
    maxOutputBytes: 0,
    timeoutMs: TIMEOUT_MS,
  })
  await guest.gone
  if (ending.kind !== "reported" || code.length === 0)
    throw new Error(`our own script is not compiled: ${JSON.stringify(ending)}`)
  return code
}
