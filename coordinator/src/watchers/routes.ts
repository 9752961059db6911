import { GetCursor, PutCursor } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { CursorStore } from "./store.ts"

export function watcherRoutes(app: App, cursors: CursorStore): void {
  addRoute(app, GetCursor, async ({ query: { contract_id } }) => ({
    contract_id,
    block_height: await cursors.read(contract_id),
  }))

  addRoute(app, PutCursor, async ({ body: { contract_id, block_height } }) => ({
    contract_id,
    block_height: await cursors.advance(contract_id, block_height),
  }))
}
