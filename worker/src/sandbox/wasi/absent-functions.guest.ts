/**
 * What needs a folder or a socket, and there are none: so each of these is given either no open
 * descriptor or one of the wrong kind.
 */
import type { Descriptors } from "./descriptors.guest.ts"
import { ERRNO, type Errno } from "./errno.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

export function absentFunctions(descriptors: Descriptors) {
  const needs = (errno: Errno) => (fd: number) => (descriptors.get(fd) ? errno : ERRNO.badf)
  const needsFolder = needs(ERRNO.notdir)
  const needsSocket = needs(ERRNO.notsock)
  return {
    path_create_directory: needsFolder,
    path_filestat_get: needsFolder,
    path_filestat_set_times: needsFolder,
    path_link: needsFolder,
    path_open: needsFolder,
    path_readlink: needsFolder,
    path_remove_directory: needsFolder,
    path_rename: needsFolder,
    // Its folder comes after the text of the link.
    path_symlink: (_textAt: number, _length: number, fd: number) => needsFolder(fd),
    path_unlink_file: needsFolder,

    sock_accept: needsSocket,
    sock_recv: needsSocket,
    sock_send: needsSocket,
    sock_shutdown: needsSocket,
  } satisfies HostFunctions
}
