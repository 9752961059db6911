import { createHash } from "node:crypto"
import type { Program } from "./execution.ts"

/** Of bytes whose hash nobody has checked before. */
export function identify(wasm: Uint8Array): Program {
  return { wasm, hash: createHash("sha256").update(wasm).digest("hex") }
}
