/** `fd_*` that tell of descriptors, change them, or list folders. */
import type { Descriptor, Descriptors } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import { FILETYPE, setTimes, writeFilestat } from "./filestat.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { RIGHT } from "./rights.guest.ts"

/** append, dsync, nonblock, rsync, sync */
const ALL_FLAGS = 0b11111
const FDSTAT_BYTES = 24
const PREOPEN_FOLDER = 0

export function descriptorFunctions(
  memory: GuestMemory,
  descriptors: Descriptors,
  files: FileSystem,
) {
  /** A stream's answer, or that of what can be written to a disk, where there is one. */
  const sync = (right: bigint) => (fd: number) => {
    const descriptor = descriptors.get(fd) ?? fail("badf")
    if (descriptor.kind === "stream") return ERRNO.inval
    descriptors.need(fd, right)
    return ERRNO.success
  }

  function needPreopened(fd: number): Uint8Array {
    const descriptor = descriptors.get(fd)
    // A C library asks from descriptor 3 upwards which folders it has, until it hears `badf`.
    if (descriptor?.kind !== "folder" || descriptor.preopenedAs === undefined) return fail("badf")
    return new TextEncoder().encode(descriptor.preopenedAs)
  }

  return {
    fd_fdstat_get(fd: number, resultAt: number) {
      const descriptor = descriptors.get(fd)
      if (!descriptor) return ERRNO.badf
      memory.bytes(resultAt, FDSTAT_BYTES).fill(0)
      memory.setU8(resultAt, FILETYPE[descriptor.kind])
      memory.setU16(resultAt + 2, descriptor.flags)
      memory.setU64(resultAt + 8, descriptor.rights)
      memory.setU64(resultAt + 16, descriptor.inheriting)
      return ERRNO.success
    },

    fd_fdstat_set_flags(fd: number, flags: number) {
      const descriptor = descriptors.need(fd, RIGHT.fd_fdstat_set_flags)
      if (flags & ~ALL_FLAGS) return ERRNO.inval
      descriptor.flags = flags
      return ERRNO.success
    },

    fd_fdstat_set_rights(fd: number, rights: bigint, inheriting: bigint) {
      const descriptor = descriptors.get(fd)
      if (!descriptor) return ERRNO.badf
      const isMore = (rights & ~descriptor.rights) | (inheriting & ~descriptor.inheriting)
      if (isMore !== 0n) return ERRNO.notcapable
      descriptor.rights = rights
      descriptor.inheriting = inheriting
      return ERRNO.success
    },

    fd_filestat_get(fd: number, resultAt: number) {
      writeFilestat(memory, resultAt, nodeOf(descriptors.need(fd, RIGHT.fd_filestat_get)))
    },

    fd_filestat_set_times(fd: number, accessed: bigint, modified: bigint, flags: number) {
      const descriptor = descriptors.get(fd) ?? fail("badf")
      const node = nodeOf(descriptor)
      if (!node) return ERRNO.inval
      descriptors.need(fd, RIGHT.fd_filestat_set_times)
      setTimes(files, node, accessed, modified, flags)
      return ERRNO.success
    },

    fd_close: (fd: number) => (descriptors.close(fd) ? ERRNO.success : ERRNO.badf),
    fd_renumber: (from: number, to: number) =>
      descriptors.renumber(from, to) ? ERRNO.success : ERRNO.badf,

    fd_sync: sync(RIGHT.fd_sync),
    fd_datasync: sync(RIGHT.fd_datasync),

    fd_prestat_get(fd: number, resultAt: number) {
      const name = needPreopened(fd)
      memory.setU32(resultAt, PREOPEN_FOLDER)
      memory.setU32(resultAt + 4, name.length)
    },

    fd_prestat_dir_name(fd: number, at: number, length: number) {
      const name = needPreopened(fd)
      if (length < name.length) return ERRNO.nametoolong
      memory.bytes(at, name.length).set(name)
      return ERRNO.success
    },
  } satisfies HostFunctions
}

function nodeOf(descriptor: Descriptor) {
  return descriptor.kind === "stream" ? undefined : descriptor.node
}
