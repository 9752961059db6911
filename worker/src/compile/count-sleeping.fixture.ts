import { readdir, readFile } from "node:fs/promises"

/** Processes of this machine that `sleep` for so long: a number that nobody else waits for. */
export async function countSleeping(seconds: string): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
  const commands = await Promise.all(pids.map(read))
  return commands.filter((command) => command === `sleep\0${seconds}\0`).length
}
