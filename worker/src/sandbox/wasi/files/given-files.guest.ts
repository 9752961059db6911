/** The files that a request carries, put in place before the guest starts. */
import type { FileSystem } from "./file-system.guest.ts"
import { fail } from "./file-error.guest.ts"
import type { FolderNode } from "./nodes.guest.ts"

/** A path from the root without a slash before it; one behind it means an empty folder. */
export interface GivenFile {
  path: string
  /** Of a link, its text. */
  bytes: Uint8Array
  isLink: boolean
}

export function fillFileSystem(files: FileSystem, given: readonly GivenFile[]): void {
  for (const { path, bytes, isLink } of given) {
    const names = path.split("/")
    const last = names.pop() ?? ""
    const folder = names.reduce((above, name) => subfolder(files, above, name), files.root)
    if (last === "") continue
    const place = files.find(folder, last, false)
    if (isLink) files.createLink(place, new TextDecoder().decode(bytes))
    else files.write(files.createFile(place), 0, [bytes])
  }
}

function subfolder(files: FileSystem, above: FolderNode, name: string): FolderNode {
  const place = files.find(above, name, false)
  const node = place.node ?? files.createFolder(place)
  return node.kind === "folder" ? node : fail("notdir")
}
