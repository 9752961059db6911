/** An isolated process: loads, says that it is ready, does one job, and is then thrown away. */
import { FILTERED, FRAME } from "../wire.ts"
import { compileAhead } from "./compile-ahead.guest.ts"
import { checkFlags, checkLimits } from "./flags.guest.ts"
import { loadTool } from "./load-tool.guest.ts"
import { askForHttp, askForStdin, readJob, writeFrame, writeReport } from "./pipe.guest.ts"
import { run } from "./run.guest.ts"
import { warmUp } from "./warm-up.guest.ts"

checkFlags(process.argv.includes(FILTERED))
warmUp()
writeFrame(FRAME.ready, new Uint8Array(0))
const task = readJob()
if (task?.job.kind === "run") {
  if (task.job.checksLimits) checkLimits()
  run(task.job, task.parts, { writeFrame, writeReport, askForStdin, askForHttp })
} else if (task?.job.kind === "compile") {
  writeFrame(FRAME.code, compileAhead(new TextDecoder().decode(task.parts[0])))
  writeReport({ kind: "compiled" })
} else if (task) {
  const { job, parts } = task
  const [program = new Uint8Array(0), ...tool] = parts
  void loadTool(job.kind, tool)(job, program)
}
