/** `fd_*`: on streams, which have no position, no size and no name. */
import type { Descriptors } from "./descriptors.guest.ts"
import { ERRNO, type Errno } from "./errno.guest.ts"
import type { Fuel } from "./fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

/** `rights` of preview 1. */
const RIGHT = { read: 1n << 1n, write: 1n << 6n, filestat: 1n << 21n, poll: 1n << 27n } as const
/** `filetype`. Neither file nor terminal, so that a C library buffers what it writes. */
const FILETYPE_UNKNOWN = 0
/** append, dsync, nonblock, rsync, sync */
const ALL_FLAGS = 0b11111
const FDSTAT_BYTES = 24
const FILESTAT_BYTES = 64
/** Each buffer of a list costs this, be it empty. */
const FUEL_PER_BUFFER = 16
/** Linux's IOV_MAX. */
const MAX_BUFFERS = 1024

export function descriptorFunctions(memory: GuestMemory, fuel: Fuel, descriptors: Descriptors) {
  /** For what is possible only with files: an open descriptor is none. */
  const only = (errno: Errno) => (fd: number) => (descriptors.get(fd) ? errno : ERRNO.badf)

  function takeBuffers(pointer: number, count: number): Uint8Array[] {
    fuel.pay(count * FUEL_PER_BUFFER)
    const buffers = memory.buffers(pointer, count)
    fuel.pay(buffers.reduce((sum, { length }) => sum + length, 0))
    return buffers
  }

  return {
    fd_read(fd: number, buffersAt: number, count: number, sizeAt: number) {
      const source = descriptors.get(fd)?.source
      if (!source) return ERRNO.badf
      if (count > MAX_BUFFERS) return ERRNO.inval
      const buffers = takeBuffers(buffersAt, count)
      // Before anything is taken from the stream: a bad pointer must lose nothing.
      memory.setU32(sizeAt, 0)
      memory.setU32(sizeAt, source.read(buffers))
      return ERRNO.success
    },

    fd_write(fd: number, buffersAt: number, count: number, sizeAt: number) {
      const sink = descriptors.get(fd)?.sink
      if (!sink) return ERRNO.badf
      if (count > MAX_BUFFERS) return ERRNO.inval
      const buffers = takeBuffers(buffersAt, count)
      memory.setU32(sizeAt, 0)
      for (const buffer of buffers) sink.write(buffer)
      memory.setU32(
        sizeAt,
        buffers.reduce((sum, { length }) => sum + length, 0),
      )
      return ERRNO.success
    },

    fd_fdstat_get(fd: number, resultAt: number) {
      const descriptor = descriptors.get(fd)
      if (!descriptor) return ERRNO.badf
      memory.bytes(resultAt, FDSTAT_BYTES).fill(0)
      memory.setU8(resultAt, FILETYPE_UNKNOWN)
      memory.setU16(resultAt + 2, descriptor.flags)
      const own = descriptor.source ? RIGHT.read : RIGHT.write
      memory.setU64(resultAt + 8, own | RIGHT.filestat | RIGHT.poll)
      return ERRNO.success
    },

    fd_filestat_get(fd: number, resultAt: number) {
      if (!descriptors.get(fd)) return ERRNO.badf
      memory.bytes(resultAt, FILESTAT_BYTES).fill(0)
      memory.setU8(resultAt + 16, FILETYPE_UNKNOWN)
      return ERRNO.success
    },

    fd_fdstat_set_flags(fd: number, flags: number) {
      const descriptor = descriptors.get(fd)
      if (!descriptor) return ERRNO.badf
      if (flags & ~ALL_FLAGS) return ERRNO.inval
      descriptor.flags = flags
      return ERRNO.success
    },

    fd_close: (fd: number) => (descriptors.close(fd) ? ERRNO.success : ERRNO.badf),
    fd_renumber: (from: number, to: number) =>
      descriptors.renumber(from, to) ? ERRNO.success : ERRNO.badf,

    fd_seek: only(ERRNO.spipe),
    fd_tell: only(ERRNO.spipe),
    fd_pread: only(ERRNO.spipe),
    fd_pwrite: only(ERRNO.spipe),
    fd_advise: only(ERRNO.spipe),
    fd_allocate: only(ERRNO.spipe),
    fd_sync: only(ERRNO.inval),
    fd_datasync: only(ERRNO.inval),
    fd_filestat_set_size: only(ERRNO.inval),
    fd_filestat_set_times: only(ERRNO.inval),
    fd_fdstat_set_rights: only(ERRNO.notsup),
    fd_readdir: only(ERRNO.notdir),

    // A C library asks from descriptor 3 upwards which folders it has, until it hears `badf`.
    fd_prestat_get: only(ERRNO.badf),
    fd_prestat_dir_name: only(ERRNO.badf),
  } satisfies HostFunctions
}
