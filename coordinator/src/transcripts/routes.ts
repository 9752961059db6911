import { GetTranscript, OutlayerError, StoreTranscript } from "@outlayer/protocol"
import { MAX_TRANSCRIPT_BYTES } from "@outlayer/protocol/pure"
import { addRoute, type App } from "@outlayer/service"
import type { TranscriptStore } from "./store.ts"

/** Base64, and the keys: 128 for each of two parts. */
const BODY_BYTES = Math.ceil((MAX_TRANSCRIPT_BYTES * 4) / 3) + 256 * 1024

/** For anybody: who cannot open it learns its length, and for whom it is. */
export function transcriptRoutes(app: App, transcripts: TranscriptStore): void {
  addRoute(app, GetTranscript, async ({ params: { request_id } }) => {
    const sealed = await transcripts.find(request_id)
    if (sealed) return sealed
    throw new OutlayerError("transcript_not_found", `No transcript of request ${request_id}`)
  })
}

export function transcriptWorkerRoutes(app: App, transcripts: TranscriptStore): void {
  addRoute(
    app,
    StoreTranscript,
    async ({ body: { transcript, ...key } }) => {
      await transcripts.put(key, transcript)
      return { ok: true } as const
    },
    { bodyLimit: BODY_BYTES },
  )
}
