/** The coordinator as this worker sees it: every call carries its address and our token. */
import { callRoute, type Route, type RouteInput, type RouteReply } from "@outlayer/protocol"

export interface Coordinator {
  call<R extends Route>(
    route: R,
    input: RouteInput<R>,
    signal?: AbortSignal,
  ): Promise<RouteReply<R>>
}

/** Longest of all calls but the long poll, which brings its own signal. */
const CALL_MS = 30_000

export function openCoordinator(baseUrl: string, token: string): Coordinator {
  return {
    call: (route, input, signal = AbortSignal.timeout(CALL_MS)) =>
      callRoute(route, input, { baseUrl, token, signal }),
  }
}
