/** Metering is done in a child too: it parses what a stranger sent. */
import { meterForGuest, ModuleRefused } from "@outlayer/metering"
import { FRAME, type PrepareJob } from "../wire.ts"
import { whyNoCommand } from "./command.guest.ts"
import { writeFrame, writeReport } from "./pipe.guest.ts"

export function meter({ maxMemoryPages }: PrepareJob, wasm: Uint8Array): void {
  try {
    const metered = meterForGuest(wasm, { maxMemoryPages })
    const reason = whyNoCommand(metered)
    if (reason) return writeReport({ kind: "refused", code: "no_command", reason })
    writeFrame(FRAME.bytes, metered.bytes)
    writeReport({ kind: "metered" })
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    writeReport({ kind: "refused", code: error.code, reason: error.message })
  }
}
