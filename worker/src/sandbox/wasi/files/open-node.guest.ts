/** Opens what a path names, or makes it, as POSIX's `open` does. */
import { fail } from "./file-error.guest.ts"
import type { FileSystem } from "./file-system.guest.ts"
import type { FileNode, FolderNode, Node } from "./nodes.guest.ts"
import type { Place } from "./path.guest.ts"

export interface Opening {
  creates: boolean
  /** Fails where there is something already. */
  isExclusive: boolean
  /** Only a folder will do. */
  isFolderMeant: boolean
  truncates: boolean
  writes: boolean
  /** Whether a file may be made here. */
  mayCreate: boolean
}

/** A link at the end of the path is followed but where it must not exist. */
export function isFollowed(path: string, follows: boolean, opening: Opening): boolean {
  const isNew = opening.creates && opening.isExclusive
  return !isNew && (follows || path.endsWith("/"))
}

export function openNode(files: FileSystem, place: Place, opening: Opening): FileNode | FolderNode {
  const { node } = place
  const { creates, truncates, writes } = opening
  if (!node) {
    if (!creates) return fail("noent")
    if (!opening.mayCreate) fail("notcapable")
    return files.createFile(place)
  }
  if (creates && opening.isExclusive) fail("exist")
  if (node.kind === "link") return fail("loop")
  if (node.kind === "file") {
    if (place.isFolderMeant || opening.isFolderMeant) fail("notdir")
    if (truncates) files.resize(node, 0)
    return node
  }
  if (truncates || creates || writes) fail("isdir")
  return node
}

/** What is there: where a slash follows a link, what that leads to. */
export function findNode(
  files: FileSystem,
  folder: FolderNode,
  path: string,
  follows: boolean,
): Node {
  const { node, isFolderMeant } = files.find(folder, path, follows || path.endsWith("/"))
  if (!node) return fail("noent")
  if (isFolderMeant && node.kind !== "folder") fail("notdir")
  return node
}
