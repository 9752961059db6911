/** Memory, processes and disk of a running build, which no limit of one process bounds. */
import { readdir, readFile } from "node:fs/promises"
import { folderBytes } from "@outlayer/service"

interface Bounds {
  processes: number
  residentBytes: number
  diskBytes: number
}

const BOUNDS: Bounds = { processes: 256, residentBytes: 3 * 1024 ** 3, diskBytes: 2 * 1024 ** 3 }
/** Reading a whole folder is dear: every so many looks. */
const DISK_EVERY = 8
const PAGE_BYTES = 4096

interface Process {
  pid: number
  parent: number
  residentBytes: number
}

/** For `runProcess`: the word says which bound was passed. */
export function watchBuild(
  folder: string,
  bounds = BOUNDS,
): (pid: number) => Promise<string | undefined> {
  let looks = 0
  return async (pid) => {
    looks += 1
    const tree = descendants(await readProcesses(), pid)
    if (tree.length > bounds.processes) return "processes"
    const resident = tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
    if (resident > bounds.residentBytes) return "memory"
    if (looks % DISK_EVERY !== 0) return undefined
    return (await folderBytes(folder)) > bounds.diskBytes ? "disk" : undefined
  }
}

async function readProcesses(): Promise<Process[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const processes = await Promise.all(names.map((name) => readProcess(Number(name))))
  return processes.filter((process) => process !== undefined)
}

/** proc(5), `/proc/pid/stat`: the name in parentheses may itself hold any character. */
async function readProcess(pid: number): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return { pid, parent: Number(fields[1]), residentBytes: Number(fields[21]) * PAGE_BYTES }
}

function descendants(processes: readonly Process[], root: number): Process[] {
  const childrenOf = Map.groupBy(processes, ({ parent }) => parent)
  const tree = processes.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...(childrenOf.get(pid) ?? []))
  return tree
}
