/** Attributes of nodes, as preview 1 lays them out in memory. */
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import { type Node, sizeOf } from "../files/nodes.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"

/** `filetype`. A stream is neither file nor terminal, so that a C library buffers what it writes. */
export const FILETYPE = { stream: 0, folder: 3, file: 4, link: 7 } as const

const FILESTAT_BYTES = 64
/** All files are on one device, and no stream is. */
const DEVICE = 1n
/** `fstflags` */
const SET = { accessed: 1, accessedNow: 2, modified: 4, modifiedNow: 8 } as const
const ALL_SET = 0b1111

export function writeFilestat(memory: GuestMemory, at: number, node?: Node): void {
  memory.bytes(at, FILESTAT_BYTES).fill(0)
  memory.setU8(at + 16, FILETYPE[node?.kind ?? "stream"])
  if (!node) return
  memory.setU64(at, DEVICE)
  memory.setU64(at + 8, node.id)
  memory.setU64(at + 24, BigInt(node.links))
  memory.setU64(at + 32, BigInt(sizeOf(node)))
  memory.setU64(at + 40, node.times.accessed)
  memory.setU64(at + 48, node.times.modified)
  memory.setU64(at + 56, node.times.changed)
}

export function setTimes(
  files: FileSystem,
  node: Node,
  accessed: bigint,
  modified: bigint,
  flags: number,
): void {
  const isUnclear = (a: number, b: number) => (flags & a) !== 0 && (flags & b) !== 0
  if (
    flags & ~ALL_SET ||
    isUnclear(SET.accessed, SET.accessedNow) ||
    isUnclear(SET.modified, SET.modifiedNow)
  )
    fail("inval")
  const choose = (given: number, now: number, time: bigint) =>
    flags & given ? time : flags & now ? files.now : undefined
  files.setTimes(
    node,
    choose(SET.accessed, SET.accessedNow, accessed),
    choose(SET.modified, SET.modifiedNow, modified),
  )
}
