/** What a builder says, and signs, of one wasm file that it made. */
import { z } from "zod"
import { FullCommit, PublicKey, Sha256Hex } from "./near.ts"

export const BuildRecord = z
  .object({
    /** The repository's key: `host/owner/name` in lower case. */
    repo: z.string(),
    commit: FullCommit,
    /** Branches and tags that reach the commit, as the builder saw them in its own clone. */
    branches: z.array(z.string()),
    build_target: z.string(),
    toolchain: z.string(),
    wasm_hash: Sha256Hex,
    builder: PublicKey,
    /** Ed25519 over the record's canonical bytes. */
    signature: z.base64(),
  })
  .meta({ id: "BuildRecord" })
export type BuildRecord = z.infer<typeof BuildRecord>
