/** `npm run -s doctor`: how well guests are walled off here, and what is missing for more. */
import { probeBubblewrap } from "../../compile/bubblewrap.ts"
import { listNativeConfinements } from "../../compile/native.ts"
import { findConfinements } from "../host/confinement.ts"
import { prepareRuntime } from "../host/runtime.ts"
import { tryChild } from "../host/try-child.ts"
import { LEVELS } from "../levels.ts"
import { advise, type Trial } from "./advice.ts"
import { readMachine } from "./machine.ts"

const machine = readMachine()
const trials = await tryLevels()
print(`${machine.bubblewrap ?? "no bubblewrap"}, ${machine.architecture}, Node ${process.version}`)
for (const { level, reason } of trials) print(`${level.padEnd(11)}${reason ?? "reached"}`)
print(`builds     ${await describeBuilds()}`)
for (const line of advise(machine, trials)) print(line)
process.exitCode = trials.some(({ level, reason }) => level === "full" && !reason) ? 0 : 1

/** The walls around compilers, as a worker says at its start. */
async function describeBuilds(): Promise<string> {
  const best = (await probeBubblewrap()) ?? (await listNativeConfinements())[0]
  return best?.name ?? "not possible"
}

/** The best first: as a worker tries them at its start. */
async function tryLevels(): Promise<Trial[]> {
  const { script } = await prepareRuntime()
  const confinements = findConfinements()
  const trials: Trial[] = []
  for (const level of LEVELS.toReversed()) {
    const confinement = confinements.find((one) => one.level === level)
    if (!confinement) {
      trials.push({ level, reason: "not possible with what is installed" })
      continue
    }
    try {
      await tryChild(confinement, script)
      trials.push({ level })
    } catch (error) {
      trials.push({ level, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return trials
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
