/**
 * CPU used so far by the processes below this one, in milliseconds. Unlike a time it says much the
 * same on a busy machine. Guests are too short-lived to be seen here.
 */
import { readdirSync, readFileSync } from "node:fs"

/** A hundredth of a second on every Linux: proc(5), `utime`. */
const TICK_MS = 10
const NAMES: [name: string, command: RegExp][] = [
  ["chain", /localnet/],
  ["coordinator", /coordinator\/src\/main/],
  ["worker", /worker\/src\/main/],
  ["Postgres", /^postgres|bin\/postgres/],
  ["Redis", /redis-server/],
]

export function readCpuMs(): Map<string, number> {
  const processes = new Map(readProcesses().map((found) => [found.id, found]))
  const isOurs = (id: number): boolean =>
    id === process.pid || (id > 1 && isOurs(processes.get(id)?.parent ?? 0))
  const used = new Map<string, number>()
  for (const { id, command, ticks } of processes.values()) {
    const named = NAMES.find(([, pattern]) => pattern.test(command))?.[0]
    const name = id === process.pid ? "client" : named
    if (name && isOurs(id)) used.set(name, (used.get(name) ?? 0) + ticks * TICK_MS)
  }
  return used
}

function readProcesses() {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const status = readFileSync(`/proc/${Number(name)}/stat`, "utf8")
      const command = readFileSync(`/proc/${Number(name)}/cmdline`, "utf8")
      // After the name, which may hold anything: state, parent, …, utime, stime.
      const fields = status.slice(status.lastIndexOf(")") + 2).split(" ")
      const ticks = Number(fields[11]) + Number(fields[12])
      return { id: Number(name), parent: Number(fields[1]), command, ticks }
    } catch {
      // No process, or one that has just ended.
      return []
    }
  })
}
