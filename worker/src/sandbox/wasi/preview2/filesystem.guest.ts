/** `wasi:filesystem`: one folder, the root, where the run was given files. */
import { Descriptor } from "./descriptor.guest.ts"
import { FolderListing } from "./folder-listing.guest.ts"
import type { Interface } from "./guard.guest.ts"
import type { Maker, StreamError } from "./streams.guest.ts"

export function filesystemInterfaces(maker: Maker): Record<string, Interface> {
  const { files } = maker.host
  return {
    "wasi:filesystem/preopens": {
      getDirectories() {
        if (!files) return []
        const flags = { read: true, mutateDirectory: true }
        return [[new Descriptor(maker, files, files.root, flags), "/"]]
      },
    },
    "wasi:filesystem/types": {
      Descriptor: Descriptor as never,
      DirectoryEntryStream: FolderListing as never,
      filesystemErrorCode: ({ reason }: StreamError) =>
        reason?.of === "filesystem" ? reason.code : undefined,
    },
  }
}
