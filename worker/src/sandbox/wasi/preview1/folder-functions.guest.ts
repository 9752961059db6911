/** `fd_readdir`: a folder's entries in the order in which they came to be. */
import type { Descriptors } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { FolderNode, Node } from "../files/nodes.guest.ts"
import { FILETYPE } from "./filestat.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { RIGHT } from "./rights.guest.ts"

const DIRENT_BYTES = 24
/** Writing one down takes more than a microsecond. */
const FUEL_PER_ENTRY = 500
/** One that comes before those that are asked for. */
const FUEL_PER_SKIPPED = 4

export function folderFunctions(memory: GuestMemory, fuel: Fuel, descriptors: Descriptors) {
  return {
    fd_readdir(fd: number, at: number, length: number, cookie: bigint, sizeAt: number) {
      const { node: folder } = descriptors.needFolder(fd, RIGHT.fd_readdir)
      const buffer = memory.bytes(at, length)
      let used = 0
      for (const { serial, name, node } of listing(folder)) {
        if (used === length) break
        if (BigInt(serial) <= cookie) {
          fuel.pay(FUEL_PER_SKIPPED)
          continue
        }
        const text = new TextEncoder().encode(name)
        fuel.pay(FUEL_PER_ENTRY + text.length)
        const entry = new Uint8Array(DIRENT_BYTES + text.length)
        const view = new DataView(entry.buffer)
        view.setBigUint64(0, BigInt(serial), true)
        view.setBigUint64(8, node.id, true)
        view.setUint32(16, text.length, true)
        view.setUint8(20, FILETYPE[node.kind])
        entry.set(text, DIRENT_BYTES)
        // The last one is cut: a full buffer says that there is more.
        const part = entry.subarray(0, length - used)
        buffer.set(part, used)
        used += part.length
      }
      memory.setU32(sizeAt, used)
      return ERRNO.success
    },
  } satisfies HostFunctions
}

interface Listed {
  serial: number
  name: string
  node: Node
}

function* listing(folder: FolderNode): Generator<Listed> {
  yield { serial: 1, name: ".", node: folder }
  yield { serial: 2, name: "..", node: folder.parent }
  for (const [name, { serial, node }] of folder.entries) yield { serial, name, node }
}
