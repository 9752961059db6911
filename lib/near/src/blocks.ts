/** Final blocks with their outcomes, as neardata serves them: `GET /v0/block/{height}`. */
import { OutlayerError } from "@outlayer/protocol"
import { z } from "zod"
import { maskUrl } from "./mask-url.ts"

/** Who executed it is all that is asked of a receipt that is not ours: protocols grow new shapes. */
const Anybodys = z.object({
  execution_outcome: z.object({ outcome: z.object({ executor_id: z.string() }) }),
})

const Executed = z.object({
  tx_hash: z.string().nullish(),
  execution_outcome: z.object({
    id: z.string(),
    outcome: z.object({
      executor_id: z.string(),
      gas_burnt: z.number(),
      logs: z.array(z.string()),
      status: z.union([z.string(), z.record(z.string(), z.unknown())]),
    }),
  }),
  receipt: z.object({
    predecessor_id: z.string(),
    receipt: z.object({
      Action: z.object({ signer_id: z.string(), signer_public_key: z.string() }).optional(),
    }),
  }),
})

const Block = z.object({
  block: z.object({
    header: z.object({ height: z.number(), hash: z.string(), timestamp_nanosec: z.string() }),
  }),
  shards: z.array(z.object({ receipt_execution_outcomes: z.array(z.unknown()).default([]) })),
})

interface ExecutedReceipt {
  receiptId: string
  transactionHash: string | null
  executorId: string
  signerId: string | null
  signerPublicKey: string | null
  gasBurnt: number
  logs: string[]
}

/** A block with an account's receipts that succeeded: what a failed one logged did not happen. */
export interface SourceBlock {
  height: number
  timestampNs: bigint
  receipts: ExecutedReceipt[]
}

export type BlockSource = ReturnType<typeof openBlockSource>

/** The server holds a request near the tip for some twenty seconds, never for so long. */
const READ_MS = 60_000

/**
 * `baseUrl` is that of a neardata server; its query string (an API key) goes with every request.
 * Only receipts that `executorId` executed are read.
 */
export function openBlockSource(baseUrl: string, executorId: string) {
  const endpoint = maskUrl(baseUrl)

  return {
    endpoint,

    /**
     * The block at a height; null where the chain skipped it. Near the tip the server holds the
     * request until the block is final. Throws `chain_unavailable`.
     */
    async read(height: number, signal: AbortSignal): Promise<SourceBlock | null> {
      const url = new URL(baseUrl)
      url.pathname = `${url.pathname.replace(/\/+$/, "")}/v0/block/${height}`
      try {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)])
        const response = await fetch(url, { signal: patience })
        if (!response.ok) throw new Error(`HTTP ${response.status}`)
        const body: unknown = await response.json()
        return body === null ? null : readBlock(Block.parse(body), executorId)
      } catch (cause) {
        signal.throwIfAborted()
        throw new OutlayerError("chain_unavailable", `${endpoint} has no block ${height}`, {
          cause,
        })
      }
    },
  }
}

function readBlock({ block, shards }: z.infer<typeof Block>, executorId: string): SourceBlock {
  const executed = shards
    .flatMap((shard) => shard.receipt_execution_outcomes)
    .filter((raw) => Anybodys.parse(raw).execution_outcome.outcome.executor_id === executorId)
    .map((raw) => Executed.parse(raw))
  return {
    height: block.header.height,
    timestampNs: BigInt(block.header.timestamp_nanosec),
    receipts: executed.filter(succeeded).map(({ tx_hash, execution_outcome, receipt }) => ({
      receiptId: execution_outcome.id,
      transactionHash: tx_hash ?? null,
      executorId: execution_outcome.outcome.executor_id,
      signerId: receipt.receipt.Action?.signer_id ?? null,
      signerPublicKey: receipt.receipt.Action?.signer_public_key ?? null,
      gasBurnt: execution_outcome.outcome.gas_burnt,
      logs: execution_outcome.outcome.logs,
    })),
  }
}

function succeeded({ execution_outcome }: z.infer<typeof Executed>): boolean {
  const { status } = execution_outcome.outcome
  return typeof status === "object" && !("Failure" in status)
}
