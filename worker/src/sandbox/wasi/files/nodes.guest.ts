/** What a name can stand for. Nodes are plain data: `FileSystem` keeps them consistent. */

/** Nanoseconds since 1970, of the guest's clock. */
interface Times {
  accessed: bigint
  modified: bigint
  changed: bigint
}

interface Common {
  readonly id: bigint
  readonly times: Times
  /** Names that stand for it. */
  links: number
}

export interface FileNode extends Common {
  readonly kind: "file"
  /** Longer than the file where that is to grow; behind the file's end there is only dirt. */
  storage: Uint8Array
  size: number
  /** Descriptors: the contents live on until the last one is closed. */
  opens: number
}

export interface LinkNode extends Common {
  readonly kind: "link"
  readonly target: string
}

export interface FolderNode extends Common {
  readonly kind: "folder"
  /** By name, in the order of their serial numbers. */
  readonly entries: Map<string, Entry>
  /** The root is its own; one that was removed keeps its last. */
  parent: FolderNode
}

interface Entry {
  /** Never used twice: where a listing goes on, whatever was added or removed meanwhile. */
  readonly serial: number
  readonly node: Node
}

export function sizeOf(node: Node): number {
  if (node.kind === "file") return node.size
  return node.kind === "link" ? Buffer.byteLength(node.target) : 0
}

export type Node = FileNode | LinkNode | FolderNode
