/** The wasm cache: files under their content hash, each with the record of its build. */
import { z } from "zod"
import { BuildRecord } from "./builds.ts"
import { Bytes, Sha256Hex } from "./near.ts"
import type { Route } from "./route.ts"

const checksum = z.strictObject({ checksum: Sha256Hex })

export const GetWasm = {
  method: "GET",
  path: "/wasm/:checksum",
  params: checksum,
  reply: "bytes",
} as const satisfies Route

export const WasmExists = {
  method: "GET",
  path: "/wasm/exists/:checksum",
  params: checksum,
  reply: z.object({ exists: z.boolean(), created_at: z.iso.datetime().nullable() }),
} as const satisfies Route

export const UploadWasm = {
  method: "POST",
  path: "/wasm/upload",
  body: z.strictObject({ record: BuildRecord, wasm: Bytes }),
  reply: z.object({ checksum: Sha256Hex, created: z.boolean() }),
  isCreated: (reply: { created: boolean }) => reply.created,
} as const satisfies Route
