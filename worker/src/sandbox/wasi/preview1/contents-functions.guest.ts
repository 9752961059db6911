/** What moves bytes through descriptors: streams have no position, files do. */
import type { Descriptors, FileDescriptor } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { readContents } from "../files/contents.guest.ts"
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { RIGHT } from "./rights.guest.ts"

/** Each buffer of a list costs this, be it empty. */
const FUEL_PER_BUFFER = 16
/** Linux's IOV_MAX. */
const MAX_BUFFERS = 1024
/** `fdflags` */
const APPEND = 1
/** `whence` */
const FROM = { start: 0, position: 1, end: 2 } as const
const MAX_POSITION = BigInt(Number.MAX_SAFE_INTEGER)

export function contentsFunctions(
  memory: GuestMemory,
  fuel: Fuel,
  descriptors: Descriptors,
  files: FileSystem,
) {
  function takeBuffers(pointer: number, count: number): Uint8Array[] {
    if (count > MAX_BUFFERS) fail("inval")
    fuel.pay(count * FUEL_PER_BUFFER)
    const buffers = memory.buffers(pointer, count)
    fuel.pay(buffers.reduce((sum, { length }) => sum + length, 0))
    return buffers
  }

  function needFile(fd: number, right: bigint): FileDescriptor {
    const descriptor = descriptors.get(fd) ?? fail("badf")
    if (descriptor.kind === "stream") return fail("spipe")
    if (descriptor.kind === "folder") return fail("isdir")
    if ((descriptor.rights & right) !== right) fail("notcapable")
    return descriptor
  }

  /** A stream that cannot, or a file that may not: both are `badf`, as POSIX has it. */
  function needOpenFor(fd: number, right: bigint) {
    const descriptor = descriptors.get(fd) ?? fail("badf")
    if (descriptor.kind === "folder") return fail("isdir")
    if ((descriptor.rights & right) !== right) fail("badf")
    return descriptor
  }

  return {
    fd_read(fd: number, buffersAt: number, count: number, sizeAt: number) {
      const descriptor = needOpenFor(fd, RIGHT.fd_read)
      const buffers = takeBuffers(buffersAt, count)
      // Before anything is taken from the stream: a bad pointer must lose nothing.
      memory.setU32(sizeAt, 0)
      if (descriptor.kind === "stream") {
        memory.setU32(sizeAt, descriptor.source?.read(buffers) ?? 0)
      } else {
        const size = readContents(descriptor.node, descriptor.position, buffers)
        descriptor.position += size
        memory.setU32(sizeAt, size)
      }
    },

    fd_write(fd: number, buffersAt: number, count: number, sizeAt: number) {
      const descriptor = needOpenFor(fd, RIGHT.fd_write)
      const buffers = takeBuffers(buffersAt, count)
      memory.setU32(sizeAt, 0)
      if (descriptor.kind === "stream") {
        for (const buffer of buffers) descriptor.sink?.write(buffer)
      } else {
        const { node, flags } = descriptor
        const position = flags & APPEND ? node.size : descriptor.position
        descriptor.position = position + files.write(node, position, buffers)
      }
      const size = buffers.reduce((sum, { length }) => sum + length, 0)
      memory.setU32(sizeAt, size)
    },

    fd_pread(fd: number, buffersAt: number, count: number, offset: bigint, sizeAt: number) {
      const { node } = needFile(fd, RIGHT.fd_read | RIGHT.fd_seek)
      const position = takePosition(offset)
      const buffers = takeBuffers(buffersAt, count)
      memory.setU32(sizeAt, 0)
      memory.setU32(sizeAt, readContents(node, position, buffers))
    },

    fd_pwrite(fd: number, buffersAt: number, count: number, offset: bigint, sizeAt: number) {
      const { node, flags } = needFile(fd, RIGHT.fd_write | RIGHT.fd_seek)
      const position = takePosition(offset)
      const buffers = takeBuffers(buffersAt, count)
      memory.setU32(sizeAt, 0)
      memory.setU32(sizeAt, files.write(node, flags & APPEND ? node.size : position, buffers))
    },

    fd_seek(fd: number, offset: bigint, whence: number, resultAt: number) {
      const descriptor = needFile(fd, RIGHT.fd_seek)
      const { position, node } = descriptor
      const isKnown = whence === FROM.start || whence === FROM.position || whence === FROM.end
      if (!isKnown) return ERRNO.inval
      const base = { [FROM.start]: 0, [FROM.position]: position, [FROM.end]: node.size }[whence]
      const aim = BigInt(base) + BigInt.asIntN(64, offset)
      if (aim < 0n || aim > MAX_POSITION) return ERRNO.inval
      memory.setU64(resultAt, aim)
      descriptor.position = Number(aim)
      return ERRNO.success
    },

    fd_tell(fd: number, resultAt: number) {
      memory.setU64(resultAt, BigInt(needFile(fd, RIGHT.fd_tell).position))
    },

    fd_allocate(fd: number, offset: bigint, length: bigint) {
      const { node } = needFile(fd, RIGHT.fd_allocate)
      if (length === 0n) return ERRNO.inval
      const size = takePosition(offset + length)
      if (size > node.size) files.resize(node, size)
      return ERRNO.success
    },

    fd_filestat_set_size(fd: number, size: bigint) {
      const descriptor = descriptors.get(fd) ?? fail("badf")
      if (descriptor.kind === "stream") return ERRNO.inval
      const { node } = needFile(fd, RIGHT.fd_filestat_set_size)
      files.resize(node, takePosition(size))
      return ERRNO.success
    },

    fd_advise(fd: number, _offset: bigint, _length: bigint, advice: number) {
      needFile(fd, RIGHT.fd_advise)
      return advice < ADVICES ? ERRNO.success : ERRNO.inval
    },
  } satisfies HostFunctions
}

/** normal, sequential, random, willneed, dontneed, noreuse: nothing to gain by any. */
const ADVICES = 6

function takePosition(offset: bigint): number {
  return offset > MAX_POSITION ? fail("fbig") : Number(offset)
}
