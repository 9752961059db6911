/** The newest block that a quorum of endpoints has as final, and has as the same block. */
import { askQuorum, OutlayerError, type Quorum } from "@outlayer/protocol"
import { z } from "zod"
import type { Endpoint } from "./endpoint.ts"

const Header = z.object({
  header: z.object({
    height: z.int().nonnegative(),
    hash: z.string(),
    timestamp_nanosec: z.string().regex(/^\d{1,20}$/),
  }),
})

export interface FinalBlock {
  height: number
  hash: string
  timestampNs: bigint
}

/** What the slowest may take longer than a quorum does: silence of one delays nobody more. */
const GRACE_MS = 300

interface Claim {
  endpoint: Endpoint
  height: number
}

/**
 * Liars may name any height: one that is too high finds no quorum, and the next lower is tried.
 * Throws `chain_unavailable`.
 */
export async function readFinalBlock(
  options: Quorum<Endpoint>,
  /** Of the last block: a quorum that is behind it is not enough to wait for. */
  lastHeight = 0,
): Promise<FinalBlock> {
  const { endpoints, quorum } = options
  const known = await collectClaims(options, lastHeight)
  const heights = [...new Set(known.map(({ height }) => height))].toSorted((a, b) => b - a)
  for (const height of heights) {
    const holders = known.filter((claim) => claim.height >= height).map(({ endpoint }) => endpoint)
    if (holders.length < quorum) continue
    const agreed = await agreeOn(height, { ...options, endpoints: holders })
    if (agreed) return agreed
  }
  throw new OutlayerError(
    "chain_unavailable",
    `No quorum on a final block: ${known.length} of ${endpoints.length} endpoints answered`,
  )
}

/** Of all endpoints, or of those that answer soon after a quorum has. */
async function collectClaims(
  { endpoints, quorum, timeoutMs }: Quorum<Endpoint>,
  lastHeight: number,
): Promise<Claim[]> {
  const signal = AbortSignal.timeout(timeoutMs)
  const claims: Claim[] = []
  const { promise: isEnough, resolve } = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const all = endpoints.map(async (endpoint) => {
    const header = await readHeader(endpoint, { finality: "final" }, signal).catch(() => undefined)
    if (!header) return
    claims.push({ endpoint, height: header.height })
    if (claims.filter(({ height }) => height >= lastHeight).length >= quorum) {
      timer ??= setTimeout(resolve, GRACE_MS)
    }
  })
  await Promise.race([Promise.all(all), isEnough])
  clearTimeout(timer)
  return [...claims]
}

async function agreeOn(height: number, options: Quorum<Endpoint>): Promise<FinalBlock | undefined> {
  try {
    const text = await askQuorum(options, async (endpoint, signal) => {
      const header = await readHeader(endpoint, { block_id: height }, signal)
      return JSON.stringify([header.height, header.hash, header.timestamp_nanosec])
    })
    const [agreed, hash, timestamp] = JSON.parse(text) as [number, string, string]
    return agreed === height ? { height, hash, timestampNs: BigInt(timestamp) } : undefined
  } catch {
    return undefined
  }
}

async function readHeader(endpoint: Endpoint, params: object, signal: AbortSignal) {
  return Header.parse(await endpoint.ask("block", params, signal)).header
}
