/** `path_*`: what a guest does with names in the folders that it was given. */
import type { Descriptors, FolderDescriptor } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import { findNode, isFollowed, openNode } from "../files/open-node.guest.ts"
import { MAX_PATH_BYTES, type Place } from "../files/path.guest.ts"
import { setTimes, writeFilestat } from "./filestat.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { FILE_RIGHTS, FOLDER_RIGHTS, RIGHT } from "./rights.guest.ts"

/** `lookupflags` */
const FOLLOW = 1
/** `oflags` */
const OPEN = { create: 1, folder: 2, exclusive: 4, truncate: 8 } as const
const ALL_OPEN = 0b1111
/** `fdflags`: append, dsync, nonblock, rsync, sync. */
const ALL_FLAGS = 0b11111

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export function pathFunctions(
  memory: GuestMemory,
  fuel: Fuel,
  descriptors: Descriptors,
  files: FileSystem,
) {
  function takeText(at: number, length: number): string {
    if (length > MAX_PATH_BYTES) fail("nametoolong")
    fuel.pay(length)
    try {
      return decoder.decode(memory.bytes(at, length))
    } catch (error) {
      if (error instanceof TypeError) return fail("ilseq")
      throw error
    }
  }

  function find(folder: FolderDescriptor, at: number, length: number, lookup: number): Place {
    const path = takeText(at, length)
    return files.find(folder.node, path, (lookup & FOLLOW) !== 0)
  }

  const findNodeAt = (folder: FolderDescriptor, at: number, length: number, lookup: number) =>
    findNode(files, folder.node, takeText(at, length), (lookup & FOLLOW) !== 0)

  return {
    path_open(
      fd: number,
      lookup: number,
      at: number,
      length: number,
      flags: number,
      rights: bigint,
      inheriting: bigint,
      descriptorFlags: number,
      resultAt: number,
    ) {
      const folder = descriptors.needFolder(fd, RIGHT.path_open)
      const asked = rights | inheriting
      if (flags & ~ALL_OPEN || descriptorFlags & ~ALL_FLAGS) return ERRNO.inval
      if (flags & OPEN.create && flags & OPEN.folder) return ERRNO.inval
      if ((asked & ~folder.inheriting) !== 0n) return ERRNO.notcapable
      if (flags & OPEN.truncate && !(folder.rights & RIGHT.path_filestat_set_size))
        return ERRNO.notcapable
      memory.setU32(resultAt, 0)
      descriptors.checkRoom()
      const path = takeText(at, length)
      const opening = {
        creates: (flags & OPEN.create) !== 0,
        isExclusive: (flags & OPEN.exclusive) !== 0,
        isFolderMeant: (flags & OPEN.folder) !== 0,
        truncates: (flags & OPEN.truncate) !== 0,
        writes: (rights & RIGHT.fd_write) !== 0n,
        mayCreate: (folder.rights & RIGHT.path_create_file) !== 0n,
      }
      const follows = isFollowed(path, (lookup & FOLLOW) !== 0, opening)
      const node = openNode(files, files.find(folder.node, path, follows), opening)
      const common = { flags: descriptorFlags, inheriting }
      const opened =
        node.kind === "file"
          ? descriptors.add({
              ...common,
              kind: "file",
              node,
              position: 0,
              rights: rights & FILE_RIGHTS,
            })
          : descriptors.add({ ...common, kind: "folder", node, rights: rights & FOLDER_RIGHTS })
      memory.setU32(resultAt, opened)
      return ERRNO.success
    },

    path_create_directory(fd: number, at: number, length: number) {
      const folder = descriptors.needFolder(fd, RIGHT.path_create_directory)
      files.createFolder(find(folder, at, length, 0))
    },

    path_remove_directory(fd: number, at: number, length: number) {
      const folder = descriptors.needFolder(fd, RIGHT.path_remove_directory)
      files.removeFolder(find(folder, at, length, 0))
    },

    path_unlink_file(fd: number, at: number, length: number) {
      const folder = descriptors.needFolder(fd, RIGHT.path_unlink_file)
      files.removeFile(find(folder, at, length, 0))
    },

    path_rename(
      fromFd: number,
      fromAt: number,
      fromLength: number,
      toFd: number,
      toAt: number,
      toLength: number,
    ) {
      const from = descriptors.needFolder(fromFd, RIGHT.path_rename_source)
      const to = descriptors.needFolder(toFd, RIGHT.path_rename_target)
      files.rename(find(from, fromAt, fromLength, 0), find(to, toAt, toLength, 0))
    },

    path_link(
      fromFd: number,
      lookup: number,
      fromAt: number,
      fromLength: number,
      toFd: number,
      toAt: number,
      toLength: number,
    ) {
      const from = descriptors.needFolder(fromFd, RIGHT.path_link_source)
      const to = descriptors.needFolder(toFd, RIGHT.path_link_target)
      files.addName(find(from, fromAt, fromLength, lookup), find(to, toAt, toLength, 0))
    },

    path_symlink(textAt: number, textLength: number, fd: number, at: number, length: number) {
      const folder = descriptors.needFolder(fd, RIGHT.path_symlink)
      const target = takeText(textAt, textLength)
      if (target === "") return ERRNO.noent
      if (target.startsWith("/")) return ERRNO.notcapable
      files.createLink(find(folder, at, length, 0), target)
      return ERRNO.success
    },

    path_readlink(
      fd: number,
      at: number,
      length: number,
      bufferAt: number,
      bufferLength: number,
      sizeAt: number,
    ) {
      const folder = descriptors.needFolder(fd, RIGHT.path_readlink)
      const { node } = find(folder, at, length, 0)
      if (!node) return ERRNO.noent
      if (node.kind !== "link") return ERRNO.inval
      const target = new TextEncoder().encode(node.target).subarray(0, bufferLength)
      fuel.pay(target.length)
      memory.bytes(bufferAt, target.length).set(target)
      memory.setU32(sizeAt, target.length)
      return ERRNO.success
    },

    path_filestat_get(fd: number, lookup: number, at: number, length: number, resultAt: number) {
      const folder = descriptors.needFolder(fd, RIGHT.path_filestat_get)
      writeFilestat(memory, resultAt, findNodeAt(folder, at, length, lookup))
    },

    path_filestat_set_times(
      fd: number,
      lookup: number,
      at: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      flags: number,
    ) {
      const folder = descriptors.needFolder(fd, RIGHT.path_filestat_set_times)
      setTimes(files, findNodeAt(folder, at, length, lookup), accessed, modified, flags)
    },
  } satisfies HostFunctions
}
