/** Every metric of the keystore. */
import { createMetrics, type Metrics } from "@outlayer/service"
import type { Sessions } from "./sessions/sessions.ts"

export interface KeystoreMetrics extends Pick<Metrics, "render"> {
  requestSeconds: ReturnType<Metrics["histogram"]>
  answers: ReturnType<Metrics["counter"]>
}

export function createMetricsOf(sessions: Sessions): KeystoreMetrics {
  const metrics = createMetrics()
  metrics.gauge("outlayer_keystore_open_sessions", "Sessions of workers", async () => [
    { value: sessions.size },
  ])
  return {
    render: () => metrics.render(),
    answers: metrics.counter("outlayer_keystore_answers_total", "Releases and denials, by reason"),
    requestSeconds: metrics.histogram(
      "outlayer_keystore_request_seconds",
      "Time to answer",
      [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    ),
  }
}
