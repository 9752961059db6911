/** HTTP for the wasm cache. */
import { GetWasm, OutlayerError, UploadWasm, WasmExists } from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { addRoute, type App } from "@outlayer/service"
import type { WasmStore } from "./store.ts"

/** Bytes; base64 adds a third, the record a little. */
const MAX_WASM_BYTES = 32 * 1024 * 1024
const MAX_BODY_BYTES = Math.ceil((MAX_WASM_BYTES * 4) / 3) + 64 * 1024

export function wasmRoutes(app: App, wasm: WasmStore): void {
  addRoute(app, GetWasm, async ({ params }) => {
    const bytes = await wasm.read(params.checksum)
    if (!bytes) throw new OutlayerError("wasm_not_found", `No wasm ${params.checksum}`)
    return bytes
  })

  addRoute(app, WasmExists, async ({ params }) => {
    const found = await wasm.find(params.checksum)
    return { exists: found !== undefined, created_at: found?.created_at ?? null }
  })

  addRoute(
    app,
    UploadWasm,
    async ({ body }) => {
      if (body.wasm.length > MAX_WASM_BYTES) {
        throw new OutlayerError("payload_too_large", `At most ${MAX_WASM_BYTES} bytes of wasm`)
      }
      const created = await wasm.upload(body.record, body.wasm)
      return { checksum: sha256Hex(body.wasm), created }
    },
    { bodyLimit: MAX_BODY_BYTES },
  )
}
