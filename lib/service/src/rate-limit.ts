/** At most so many requests a minute from one address: a bucket of tokens each, in this process. */
import { isIPv6 } from "node:net"
import { OutlayerError } from "@outlayer/protocol"
import type { FastifyRequest } from "fastify"

/** Of so many addresses the one that was heard of first is forgotten. */
const MAX_ADDRESSES = 50_000

interface Bucket {
  tokens: number
  filledAtMs: number
}

/** A hook for routes that are open to everybody. Throws `rate_limited`. */
export function createRateLimit(options: { perMinute: number; nowMs?: () => number }) {
  const { perMinute, nowMs = Date.now } = options
  const buckets = new Map<string, Bucket>()

  return async (request: FastifyRequest): Promise<void> => {
    const address = networkOf(request.ip)
    const now = nowMs()
    const last = buckets.get(address) ?? { tokens: perMinute, filledAtMs: now }
    const gained = ((now - last.filledAtMs) * perMinute) / 60_000
    const tokens = Math.min(perMinute, last.tokens + gained)
    buckets.set(address, { tokens: Math.max(tokens - 1, 0), filledAtMs: now })
    const [oldest] = buckets.keys()
    if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest)
    if (tokens < 1) {
      throw new OutlayerError("rate_limited", `At most ${perMinute} requests a minute`)
    }
  }
}

/** Of IPv6 the first 64 bits: whoever has one address there has them all. */
function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped || !isIPv6(ip)) return mapped ?? ip
  const [head = "", tail = ""] = ip.split("::")
  const left = head.split(":").filter(Boolean)
  const right = ip.includes("::") ? tail.split(":").filter(Boolean) : []
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0")
  return [...left, ...zeros, ...right].slice(0, 4).join(":")
}
