/** What a builder signs: who made which wasm from which commit with what. */
import { canonicalBytes } from "./canonical-bytes.ts"

export interface BuildFacts {
  /** The repository's key. */
  repo: string
  commit: string
  /** That hold the commit, in the builder's own clone. */
  branches: readonly string[]
  build_target: string
  toolchain: string
  /** SHA-256, hex. */
  wasm_hash: string
  /** Ed25519, in NEAR's form. */
  builder: string
}

export function buildRecordBytes(
  { utf8 }: { utf8: (text: string) => Uint8Array },
  facts: BuildFacts,
): Uint8Array {
  const { repo, commit, branches, build_target, toolchain, wasm_hash, builder } = facts
  const fields = [repo, commit, branches, build_target, toolchain, wasm_hash, builder]
  return canonicalBytes(utf8, "outlayer-build-1", fields)
}
