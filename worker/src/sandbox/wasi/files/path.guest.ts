/** From a path to what it names, never out of the folder that it starts in. */
import type { Fuel } from "../fuel.guest.ts"
import { fail } from "./file-error.guest.ts"
import type { FolderNode, LinkNode, Node } from "./nodes.guest.ts"

/** Linux's PATH_MAX and NAME_MAX. */
export const MAX_PATH_BYTES = 4096
const MAX_NAME_BYTES = 255
/** As on Linux. */
const MAX_LINKS = 40
/** Names in one path, those of the links that it leads through included. */
const MAX_STEPS = 1024
const FUEL_PER_STEP = 50

export interface Place {
  folder: FolderNode
  /** `undefined` for a path that ends in `.` or `..`: what it names is the folder itself. */
  name: string | undefined
  /** `undefined` where there is nothing of that name. */
  node: Node | undefined
  /** The path ends in a slash: only a folder will do. */
  isFolderMeant: boolean
}

export function findPlace(
  start: FolderNode,
  path: string,
  fuel: Fuel,
  isLastFollowed: boolean,
): Place {
  const way = [start]
  // What is still to be walked, the next name last.
  const ahead = namesOf(path).toReversed()
  let isFolderMeant = path.endsWith("/")
  let links = 0
  let steps = 0

  const follow = ({ target }: LinkNode) => {
    links += 1
    fuel.pay(Buffer.byteLength(target))
    if (links > MAX_LINKS) fail("loop")
    if (ahead.length === 0) isFolderMeant ||= target.endsWith("/")
    ahead.push(...namesOf(target).toReversed())
  }

  for (;;) {
    const folder = way.at(-1) ?? fail("notcapable")
    const name = ahead.pop()
    if (name === undefined) return { folder, name, node: folder, isFolderMeant }
    fuel.pay(FUEL_PER_STEP)
    steps += 1
    if (steps > MAX_STEPS || Buffer.byteLength(name) > MAX_NAME_BYTES) fail("nametoolong")
    if (name === ".") continue
    if (name === "..") {
      way.pop()
      continue
    }
    const node = folder.entries.get(name)?.node
    const isLast = ahead.length === 0
    if (node?.kind === "link" && (!isLast || isLastFollowed)) follow(node)
    else if (isLast) return { folder, name, node, isFolderMeant }
    else if (node?.kind === "folder") way.push(node)
    else fail(node ? "notdir" : "noent")
  }
}

function namesOf(path: string): string[] {
  if (path === "") fail("noent")
  if (path.startsWith("/")) fail("notcapable")
  if (path.includes("\0")) fail("inval")
  return path.split("/").filter((name) => name !== "")
}
