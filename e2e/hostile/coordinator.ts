/**
 * A coordinator that means harm: stands between the real one and all who speak to it, keeps whatever
 * passes, and does one piece of mischief at a time.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

/** What was asked, and what came of it: JSON where it is JSON, else bytes, undefined for none. */
export interface Exchange {
  method: string
  /** Without the query. */
  path: string
  asked: unknown
  status: number
  answered: unknown
}

export interface Mischief {
  name: string
  /** The end of the path. */
  at: string
  /** Goes on to the real coordinator instead. Undefined: waits for another. */
  ask?: (asked: unknown, past: readonly Exchange[]) => unknown
  /** Comes back instead. Undefined: waits for another. */
  tell?: (answered: unknown, asked: unknown, past: readonly Exchange[]) => unknown
  /** Done first of all, with the request kept back meanwhile. */
  before?: () => Promise<void>
  /** The same request, so many times; the last answer counts. */
  repeat?: number
  /** Keeps the answer back until that many others of all paths have gone out, or none have for a while. */
  hold?: number
  /** At so many occasions; at one unless told. */
  times?: number
}

export interface HostileCoordinator extends AsyncDisposable {
  url: string
  past: readonly Exchange[]
  /** Does it at the next occasion, or occasions. */
  plan(mischief: Mischief): void
  /** How often the mischief of that name was done. */
  timesOf(name: string): number
  /** Those that were planned and had no occasion. */
  readonly planned: readonly Mischief[]
  /** Every byte, either way. */
  readonly passed: Buffer
}

interface Listener {
  /** Every byte, either way. */
  onPassed?: (bytes: Uint8Array) => void
  /** By its name, when it is done. */
  onMischief?: (name: string) => void
}

const MOST_HELD_MS = 1_000

export async function startHostileCoordinator(
  upstream: string,
  { onPassed = () => {}, onMischief = () => {} }: Listener = {},
): Promise<HostileCoordinator> {
  const past: Exchange[] = []
  const passed: Buffer[] = []
  const done = new Map<string, number>()
  const gates = new Set<() => void>()
  let planned: Mischief[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const { status, type, body } = await pass(request)
      for (const gate of gates) gate()
      response.writeHead(status, type === null ? {} : { "content-type": type }).end(body)
    })().catch(() => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    past,
    plan: (mischief) => void planned.push(mischief),
    timesOf: (name) => done.get(name) ?? 0,
    get planned() {
      return planned
    },
    get passed() {
      return Buffer.concat(passed)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }

  async function pass(request: IncomingMessage) {
    const { method = "GET", url = "/", headers } = request
    const path = url.replace(/\?.*/, "")
    const body = await buffer(request)
    keep(Buffer.from(`${method} ${url} ${JSON.stringify(headers)}\n`), body)
    const asked = read(headers["content-type"], body)
    await take(path, ({ before }) => before)?.()
    const asks = take(path, ({ ask }) => ask?.(asked, past))
    const times = take(path, ({ repeat }) => repeat) ?? 1
    const forward = () => send(method, url, headers, asks === undefined ? body : write(asks))
    let reply = await forward()
    for (let time = 1; time < times; time += 1) reply = await forward()

    keep(reply.body)
    const answered = read(reply.type ?? undefined, reply.body)
    const tells = take(path, ({ tell }) => tell?.(answered, asked, past))
    past.push({ method, path, asked, status: reply.status, answered })
    const others = take(path, ({ hold }) => hold)
    if (others !== undefined) await untilPassed(others)
    if (tells === undefined) return reply
    const type = Buffer.isBuffer(tells) ? "application/octet-stream" : "application/json"
    return { status: 200, type, body: write(tells) }
  }

  function keep(...parts: Buffer[]): void {
    passed.push(...parts)
    for (const part of parts) onPassed(part)
  }

  /** What the first planned mischief that has something to do here does, which is then done. */
  function take<T>(path: string, act: (mischief: Mischief) => T | undefined): T | undefined {
    for (const mischief of planned) {
      if (!path.endsWith(mischief.at)) continue
      const result = act(mischief)
      if (result === undefined) continue
      done.set(mischief.name, (done.get(mischief.name) ?? 0) + 1)
      onMischief(mischief.name)
      if (timesLeft(mischief) <= 0) planned = planned.filter((other) => other !== mischief)
      return result
    }
    return undefined
  }

  function timesLeft({ name, times = 1 }: Mischief): number {
    return times - (done.get(name) ?? 0)
  }

  /** That many answers have gone out; whoever waits for the one that is kept back may send none. */
  async function untilPassed(others: number): Promise<void> {
    let left = others
    const { promise, resolve } = Promise.withResolvers<void>()
    const gate = () => void ((left -= 1) <= 0 && resolve())
    gates.add(gate)
    const timer = setTimeout(resolve, MOST_HELD_MS)
    await promise
    clearTimeout(timer)
    gates.delete(gate)
  }

  async function send(
    method: string,
    url: string,
    headers: IncomingMessage["headers"],
    body: Buffer,
  ) {
    const kept = ["authorization", "content-type"].flatMap((name) => {
      const value = headers[name]
      return typeof value === "string" ? [[name, value] as const] : []
    })
    const reply = await fetch(new URL(url, upstream), {
      method,
      headers: Object.fromEntries(kept),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    return {
      status: reply.status,
      type: reply.headers.get("content-type"),
      body: Buffer.from(await reply.arrayBuffer()),
    }
  }
}

function read(type: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return undefined
  return type?.includes("json") ? JSON.parse(body.toString()) : body
}

function write(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
}
