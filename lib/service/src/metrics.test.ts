import { expect, test } from "vitest"
import { createMetrics } from "./metrics.ts"

test("counters, gauges and histograms appear in Prometheus' text format", async () => {
  const metrics = createMetrics()
  const made = metrics.counter("outlayer_tasks_total", "Tasks")
  metrics.gauge("outlayer_queue_tasks", "Waiting", async () => [{ value: 3 }])
  const seconds = metrics.histogram("outlayer_http_seconds", "Time", [0.1, 1])

  made.add({ kind: "compile" })
  made.add({ kind: "compile" }, 2)
  seconds.observe({ route: "/x" }, 0.5)

  expect((await metrics.render()).split("\n")).toEqual([
    "# HELP outlayer_tasks_total Tasks",
    "# TYPE outlayer_tasks_total counter",
    'outlayer_tasks_total{kind="compile"} 3',
    "# HELP outlayer_queue_tasks Waiting",
    "# TYPE outlayer_queue_tasks gauge",
    "outlayer_queue_tasks 3",
    "# HELP outlayer_http_seconds Time",
    "# TYPE outlayer_http_seconds histogram",
    'outlayer_http_seconds_bucket{route="/x",le="0.1"} 0',
    'outlayer_http_seconds_bucket{route="/x",le="1"} 1',
    'outlayer_http_seconds_bucket{route="/x",le="+Inf"} 1',
    'outlayer_http_seconds_sum{route="/x"} 0.5',
    'outlayer_http_seconds_count{route="/x"} 1',
    "",
  ])
})

test("a gauge that cannot be read leaves the others readable", async () => {
  const metrics = createMetrics()
  metrics.gauge("outlayer_lost_tasks", "Lost", async () => Promise.reject(new Error("down")))
  metrics.counter("outlayer_tasks_total", "Tasks").add()

  expect(await metrics.render()).toContain("outlayer_tasks_total 1\n")
})
