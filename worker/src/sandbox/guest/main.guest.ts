/** An isolated process: loads, says that it is ready, does one job, and is then thrown away. */
import { FILTERED, FRAME } from "../wire.ts"
import { checkFlags, checkLimits } from "./flags.guest.ts"
import { loadTool } from "./load-tool.guest.ts"
import { readJob, writeFrame } from "./pipe.guest.ts"
import { run } from "./run.guest.ts"

checkFlags(process.argv.includes(FILTERED))
writeFrame(FRAME.ready, new Uint8Array(0))
const task = readJob()
if (task?.job.kind === "run") {
  if (task.job.checksLimits) checkLimits()
  run(task.job, task.parts)
} else if (task) {
  const { job, parts } = task
  const [program = new Uint8Array(0), ...tool] = parts
  void loadTool(job.kind, tool)(job, program)
}
