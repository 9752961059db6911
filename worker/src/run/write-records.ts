/** The files that `--receipt` and `--transcript` name. */
import { writeFile } from "node:fs/promises"
import { finishReceipt, ownTranscript, record, type RecordedRun } from "../replay/record.ts"

export async function writeRecords(
  run: RecordedRun,
  files: { receipt: string | undefined; transcript: string | undefined },
): Promise<void> {
  if (files.receipt === undefined && files.transcript === undefined) return
  const recording = record(run)
  const receipt = finishReceipt(recording.draft, {
    state: "not_kept",
    sealed_to: [],
    expires_at: null,
  })
  if (files.receipt !== undefined) {
    await writeFile(files.receipt, `${JSON.stringify(receipt, null, 2)}\n`)
  }
  if (files.transcript !== undefined) {
    // It holds the environment's values.
    const transcript = JSON.stringify(ownTranscript(recording, run.program.wasm))
    await writeFile(files.transcript, `${transcript}\n`, { mode: 0o600 })
  }
}
