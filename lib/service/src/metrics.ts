/** Prometheus' text format: counters and histograms that are counted here, gauges that are read. */

type Labels = Record<string, string>

interface Sample {
  labels?: Labels
  value: number
}

export interface Metrics {
  /** Names are `outlayer_<noun>_total`. */
  counter(name: string, help: string): { add(labels?: Labels, value?: number): void }
  /** Names are `outlayer_<noun>_<unit>`. `read` is called for every scrape. */
  gauge(name: string, help: string, read: () => Promise<Sample[]>): void
  /** `bounds` ascend, in the unit that the name ends with. */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
  ): { observe(labels: Labels, value: number): void }
  render(): Promise<string>
}

export function createMetrics(): Metrics {
  const families: (() => Promise<string>)[] = []
  return {
    counter(name, help) {
      const values = new Map<string, number>()
      families.push(async () => head(name, help, "counter") + lines(name, values))
      return {
        add(labels = {}, value = 1) {
          const key = encode(labels)
          values.set(key, (values.get(key) ?? 0) + value)
        },
      }
    },

    gauge(name, help, read) {
      families.push(async () => {
        // What cannot be read now is left out: the rest of the scrape is worth having.
        const samples = await read().catch(() => [])
        const values = new Map(samples.map(({ labels = {}, value }) => [encode(labels), value]))
        return head(name, help, "gauge") + lines(name, values)
      })
    },

    histogram(name, help, bounds) {
      const counts = new Map<string, number>()
      const sums = new Map<string, number>()
      const totals = new Map<string, number>()
      families.push(
        async () =>
          head(name, help, "histogram") +
          lines(`${name}_bucket`, counts) +
          lines(`${name}_sum`, sums) +
          lines(`${name}_count`, totals),
      )
      const add = (values: Map<string, number>, key: string, value: number) =>
        values.set(key, (values.get(key) ?? 0) + value)
      return {
        observe(labels, value) {
          for (const bound of bounds) {
            add(counts, encode({ ...labels, le: String(bound) }), value <= bound ? 1 : 0)
          }
          add(counts, encode({ ...labels, le: "+Inf" }), 1)
          add(sums, encode(labels), value)
          add(totals, encode(labels), 1)
        },
      }
    },

    async render() {
      return (await Promise.all(families.map((family) => family()))).join("")
    },
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function lines(name: string, values: ReadonlyMap<string, number>): string {
  return [...values].map(([labels, value]) => `${name}${labels} ${value}\n`).join("")
}

function encode(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return parts.length > 0 ? `{${parts.join(",")}}` : ""
}
