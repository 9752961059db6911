/** An isolated process: loads, says that it is ready, does one job, and is then thrown away. */
import { FILTERED, FRAME } from "../wire.ts"
import { checkFlags, checkLimits } from "./flags.guest.ts"
import { loadTranspiler } from "./load-transpiler.guest.ts"
import { readJob, writeFrame } from "./pipe.guest.ts"
import { run } from "./run.guest.ts"

checkFlags(process.argv.includes(FILTERED))
writeFrame(FRAME.ready, new Uint8Array(0))
const task = readJob()
if (task?.job.kind === "run" && task.job.checksLimits) checkLimits()
if (task?.job.kind === "run") run(task.job, task.parts)
// Not loaded by those who run guests: it is a parser of hostile bytes, and most of our code.
if (task?.job.kind === "meter") {
  const { job, parts } = task
  void import("./meter.guest.ts").then(({ meter }) => meter(job, parts))
}
if (task?.job.kind === "transpile") {
  const { job, parts } = task
  const [component = new Uint8Array(0), ...transpiler] = parts
  void loadTranspiler(transpiler)(job, component)
}
