/** Where npm on this machine is set to fetch from: integrity is the lockfile's, so any mirror will do. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const run = promisify(execFile)

/** Undefined where there is no npm. */
export async function findRegistry(): Promise<string | undefined> {
  // npm would leave a cache of its own in the folder for temporary files.
  const words = ["NODE_DISABLE_COMPILE_CACHE=1", "npm", "config", "get", "registry"]
  const asked = await run("/usr/bin/env", words).catch(() => undefined)
  const address = asked?.stdout.trim()
  return address !== undefined && /^https?:\/\//.test(address) ? address : undefined
}
