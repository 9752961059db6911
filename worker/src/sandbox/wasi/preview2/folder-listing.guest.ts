/** `wasi:filesystem/types.directory-entry-stream`: entries in the order in which they came to be. */
import type { FolderNode } from "../files/nodes.guest.ts"
import { typeOf } from "./metadata.guest.ts"
import { Resource } from "./resource.guest.ts"
import type { Maker } from "./streams.guest.ts"

/** As preview 1's listing costs. */
const FUEL_PER_ENTRY = 500

export class FolderListing extends Resource {
  readonly #maker: Maker
  readonly #entries: Iterator<[string, { node: Parameters<typeof typeOf>[0] }]>

  constructor(maker: Maker, folder: FolderNode) {
    super(maker.live)
    this.#maker = maker
    this.#entries = folder.entries.entries()
  }

  readDirectoryEntry(): { type: string; name: string } | undefined {
    const { done, value } = this.#entries.next()
    if (done) return undefined
    const [name, { node }] = value
    this.#maker.host.fuel.pay(FUEL_PER_ENTRY + Buffer.byteLength(name))
    return { type: typeOf(node), name }
  }
}
