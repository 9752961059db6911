/** `rights` of preview 1: what a descriptor may be used for. They can be given up, never gained. */

const NAMES = [
  "fd_datasync",
  "fd_read",
  "fd_seek",
  "fd_fdstat_set_flags",
  "fd_sync",
  "fd_tell",
  "fd_write",
  "fd_advise",
  "fd_allocate",
  "path_create_directory",
  "path_create_file",
  "path_link_source",
  "path_link_target",
  "path_open",
  "fd_readdir",
  "path_readlink",
  "path_rename_source",
  "path_rename_target",
  "path_filestat_get",
  "path_filestat_set_size",
  "path_filestat_set_times",
  "fd_filestat_get",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "path_symlink",
  "path_remove_directory",
  "path_unlink_file",
  "poll_fd_readwrite",
] as const
type Right = (typeof NAMES)[number]

/** The bit of each: its place in the list. */
export const RIGHT = Object.fromEntries(
  NAMES.map((name, place) => [name, 1n << BigInt(place)]),
) as Record<Right, bigint>

const ALL = rightsOf(() => true)
const ATTRIBUTES = RIGHT.fd_filestat_get | RIGHT.fd_filestat_set_times
/** Those that mean something for a file, and for a folder. */
export const FILE_RIGHTS =
  rightsOf((name) => name.startsWith("fd_") && name !== "fd_readdir") | RIGHT.poll_fd_readwrite
export const FOLDER_RIGHTS =
  rightsOf((name) => name.startsWith("path_")) |
  ATTRIBUTES |
  RIGHT.fd_readdir |
  RIGHT.fd_fdstat_set_flags |
  RIGHT.fd_sync |
  RIGHT.fd_datasync
/** What is opened in the folder that a guest starts with. */
export const ROOT_INHERITING = ALL

function rightsOf(test: (name: Right) => boolean): bigint {
  return NAMES.filter(test).reduce((all, name) => all | RIGHT[name], 0n)
}
