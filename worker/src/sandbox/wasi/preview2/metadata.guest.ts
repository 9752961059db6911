/** What `wasi:filesystem` tells of nodes. */
import { type Node, sizeOf } from "../files/nodes.guest.ts"
import { datetimeOf } from "./clocks.guest.ts"

export function typeOf({ kind }: Node): string {
  if (kind === "file") return "regular-file"
  return kind === "folder" ? "directory" : "symbolic-link"
}

export function statOf(node: Node) {
  return {
    type: typeOf(node),
    linkCount: BigInt(node.links),
    size: BigInt(sizeOf(node)),
    dataAccessTimestamp: datetimeOf(node.times.accessed),
    dataModificationTimestamp: datetimeOf(node.times.modified),
    statusChangeTimestamp: datetimeOf(node.times.changed),
  }
}

/** Different for what is not the same: it may also tell of changes, and need not. */
export function hashOf(node: Node) {
  return { upper: 0n, lower: node.id }
}
