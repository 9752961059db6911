/** What files a guest leaves behind, for those who want them. */
import type { FileTree, FileTreeEntry } from "../../wire.ts"
import type { FileNode, FolderNode, LinkNode } from "./nodes.guest.ts"

export interface LeftFiles {
  tree: FileTree
  contents: readonly Uint8Array[]
}

/** No deeper recursion than none: a guest can nest folders as deep as it has names. */
export function listFiles(root: FolderNode): LeftFiles {
  const entries: FileTreeEntry[] = []
  const contents: Uint8Array[] = []
  const known = new Map<FileNode | LinkNode, number>()
  const folders: [index: number, folder: FolderNode][] = [[-1, root]]

  for (const [parent, folder] of folders) {
    for (const [name, { node }] of folder.entries) {
      if (node.kind === "folder") {
        folders.push([entries.length, node])
        entries.push([parent, name])
        continue
      }
      const content = known.get(node) ?? contents.push(bytesOf(node)) - 1
      known.set(node, content)
      entries.push([parent, name, node.kind, content])
    }
  }
  return { tree: { entries, lengths: contents.map(({ length }) => length) }, contents }
}

function bytesOf(node: FileNode | LinkNode): Uint8Array {
  if (node.kind === "link") return new TextEncoder().encode(node.target)
  return node.storage.subarray(0, node.size)
}
