/** Where npm on this machine is set to fetch from: integrity is the lockfile's, so any mirror will do. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const run = promisify(execFile)

/** Undefined where there is no npm. */
export async function findRegistry(): Promise<string | undefined> {
  const asked = await run("npm", ["config", "get", "registry"]).catch(() => undefined)
  const address = asked?.stdout.trim()
  return address !== undefined && /^https?:\/\//.test(address) ? address : undefined
}
