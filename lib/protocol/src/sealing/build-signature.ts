/** Whether a build record is its builder's. Whether he counts is for the chain to say. */
import type { BuildRecord } from "../builds.ts"
import { buildRecordBytes } from "../pure/index.ts"
import { importVerifier, nodePrimitives } from "./node.ts"

export function isSignedByBuilder(record: BuildRecord): boolean {
  const verify = importVerifier(record.builder)
  const signature = Buffer.from(record.signature, "base64")
  return verify?.(buildRecordBytes(nodePrimitives, record), signature) ?? false
}
