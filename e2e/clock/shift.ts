/**
 * Loaded into a service before its own code: the clocks of its host are as far ahead as CLOCK_FILE says.
 * One process's alone cannot be set otherwise.
 */
import { existsSync, readFileSync } from "node:fs"
import { env } from "node:process"
import type { Ahead } from "./clock.ts"

const file = env["CLOCK_FILE"] ?? ""
const read = () => JSON.parse(readFileSync(file, "utf8")) as Ahead
const [wallMs, monotonicMs] = [Date.now.bind(Date), performance.now.bind(performance)]
let last = read()

Date.now = () => wallMs() + ahead().wallMs
performance.now = () => monotonicMs() + ahead().monotonicMs

/** The story may have ended, and its file be gone, before its service has. */
function ahead(): Ahead {
  if (existsSync(file)) last = read()
  return last
}
