/** From a component to what a child can run: its core modules metered, its glue as JavaScript. */
import { meterForGuest, ModuleRefused, nameModule } from "@outlayer/metering"
import { compileAhead } from "../guest/compile-ahead.guest.ts"
import { writeFrame, writeReport } from "../guest/pipe.guest.ts"
import { FRAME, type PrepareJob } from "../wire.ts"
import { findOddName } from "./check-component.guest.ts"
import { sourceOfGlue } from "./glue.guest.ts"
import { type Member, pack } from "./packed.ts"
import { takeApart } from "./take-apart.guest.ts"

/** Of JavaScript: a guest's in TypeScript has 680,000 bytes. What is larger was made to be. */
const MAX_COMPILED = 4_000_000

export async function transpile(
  { maxMemoryPages }: PrepareJob,
  component: Uint8Array,
): Promise<void> {
  try {
    const { script, entry, cores } = await takeApart(component)
    const members = cores.map(([name, wasm]) => meterMember(name, wasm, maxMemoryPages))
    writeFrame(FRAME.bytes, pack({ script, entry, members }))
    if (script.length <= MAX_COMPILED) writeFrame(FRAME.code, compileAhead(sourceOfGlue(script)))
    writeReport({ kind: "metered" })
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    writeReport({ kind: "refused", code: error.code, reason: error.message })
  }
}

function meterMember(name: string, wasm: Uint8Array, maxMemoryPages: number): Member {
  const metered = meterForGuest(wasm, { maxMemoryPages, isMember: true })
  const odd = findOddName(metered)
  if (odd) throw new ModuleRefused("no_command", odd)
  // The transpiler counts them: component.core.wasm, component.core2.wasm.
  const named = nameModule(metered.bytes, /\bcore\d*\b/.exec(name)?.[0] ?? name)
  return { name, wasm: named, bytes: wasm.length, ...metered.takes }
}
