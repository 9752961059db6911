/** Reads of one RPC endpoint, at final blocks, and the sending of signed transactions. */
import { OutlayerError } from "@outlayer/protocol"
import { JsonRpcProvider, type TxExecutionStatus } from "near-api-js"
import {
  InvalidTransactionError,
  ShardCongestedError,
  ShardStuckError,
  TransactionExecutionError,
  TransactionTimeoutError,
  UnknownTransactionError,
} from "near-api-js/rpc-errors"
import { z } from "zod"
import { maskUrl } from "./mask-url.ts"
import { readSignedTransaction, type SignedTransaction } from "./signed-transaction.ts"

const HOUR_MS = 3_600_000

export type Chain = ReturnType<typeof openChain>

const Outcome = z.object({
  id: z.string(),
  outcome: z.object({
    executor_id: z.string(),
    gas_burnt: z.int(),
    tokens_burnt: z.string(),
    logs: z.array(z.string()),
    status: z.unknown(),
  }),
})

const Result = z.object({
  final_execution_status: z.string(),
  status: z.union([
    z.string(),
    z.object({ SuccessValue: z.string() }),
    z.object({ Failure: z.unknown() }),
  ]),
  transaction_outcome: Outcome,
  receipts_outcome: z.array(Outcome),
})

/** One executed transaction, with what its receipts did. */
export interface TransactionResult {
  hash: string
  /** The returned value, or what the chain says went wrong. */
  value: string | undefined
  failure: unknown
  /** Of the transaction and all its receipts. */
  gasBurnt: bigint
  tokensBurntYocto: bigint
  receipts: ExecutedReceipt[]
}

export interface ExecutedReceipt {
  id: string
  executorId: string
  gasBurnt: bigint
  logs: string[]
  /** Base64. Undefined where it returned another receipt's, or failed. */
  value: string | undefined
  /** What a failed one logged did not happen. */
  hasFailed: boolean
}

export interface FinalBlock {
  height: number
  hash: string
  timestampNs: bigint
}

/** `rpcUrl` may carry an API key: it is masked in every error. */
export function openChain(rpcUrl: string) {
  // Callers retry by their own clocks; here only a hiccup is bridged.
  const provider = new JsonRpcProvider({ url: rpcUrl }, { retries: 3, wait: 100, backoff: 2 })
  const endpoint = maskUrl(rpcUrl)
  let yieldTimeout: { blocks: Promise<number>; readAt: number } | undefined

  return {
    rpcUrl,
    endpoint,
    provider,

    /**
     * A view call's JSON result at the last final block, or at an older one, which an endpoint may
     * have forgotten. Throws `chain_unavailable`.
     */
    async view(
      contractId: string,
      method: string,
      args: object,
      height?: number,
    ): Promise<unknown> {
      return reach(async () => {
        const { result } = await provider.callFunctionRaw({
          contractId,
          method,
          args: { ...args },
          blockQuery: height === undefined ? { finality: "final" } : { blockId: height },
        })
        return JSON.parse(Buffer.from(result).toString() || "null")
      })
    },

    /** "mainnet", "testnet", or a local chain's. */
    async chainId(): Promise<string> {
      return (await reach(() => provider.viewNodeStatus())).chain_id
    },

    async finalBlock(): Promise<FinalBlock> {
      return reach(async () => readHeader(await provider.viewBlock({ finality: "final" })))
    },

    /** Throws `chain_unavailable` too for one that was skipped, or that the endpoint has forgotten. */
    async block(height: number): Promise<FinalBlock> {
      return reach(async () => readHeader(await provider.viewBlock({ blockId: height })))
    },

    /** With all its receipts, once it is final. Throws `chain_unavailable` too where it is not known. */
    async transaction(txHash: string, signerId: string): Promise<TransactionResult> {
      const query = { txHash, accountId: signerId, waitUntil: "FINAL" as const }
      return reach(async () => readResult(await provider.viewTransactionStatus(query)))
    },

    /** The same, and what was signed. */
    async signedTransaction(
      txHash: string,
      signerId: string,
    ): Promise<SignedTransaction & TransactionResult> {
      const query = { txHash, accountId: signerId, waitUntil: "FINAL" as const }
      return reach(async () => {
        const reply = await provider.viewTransactionStatus(query)
        return { ...readSignedTransaction(reply), ...readResult(reply) }
      })
    },

    /** How long a yield lives, in blocks: it changes with the protocol's version, if ever. */
    yieldTimeoutBlocks(): Promise<number> {
      if (!yieldTimeout || performance.now() - yieldTimeout.readAt > HOUR_MS) {
        yieldTimeout = { blocks: readYieldTimeout(), readAt: performance.now() }
        yieldTimeout.blocks.catch(() => (yieldTimeout = undefined))
      }
      return yieldTimeout.blocks
    },

    /** The balance of an account in yocto. */
    async balance(accountId: string): Promise<bigint> {
      const { amount } = await reach(() =>
        provider.viewAccount({ accountId, blockQuery: { finality: "final" } }),
      )
      return amount
    },

    /** The ed25519 keys that may do everything in an account's name, at the last final block. */
    async fullAccessKeys(accountId: string): Promise<string[]> {
      const { keys } = await reach(() =>
        provider.viewAccessKeyList({ accountId, finalityQuery: { finality: "final" } }),
      )
      return keys
        .filter(({ access_key }) => access_key.permission === "FullAccess")
        .map(({ public_key }) => public_key)
        .filter((key) => key.startsWith("ed25519:"))
    },

    /**
     * Sends a signed transaction, or finds one that was sent before, and waits as `until` says.
     * Undefined when the endpoint gave up waiting. Throws near-api-js's errors for what is refused.
     */
    async send(signedTxBase64: string, until: TxExecutionStatus) {
      const reply = await provider
        .sendJsonRpc("send_tx", { signed_tx_base64: signedTxBase64, wait_until: until })
        .catch(undefinedOnTimeout)
      return reply === undefined ? undefined : readResult(reply)
    },

    /**
     * Whether what `send` threw means that this transaction will never be taken: a used nonce, a
     * removed key, an expired block hash. Anything else says nothing of it.
     */
    isRefusal(error: unknown): boolean {
      if (error instanceof ShardCongestedError || error instanceof ShardStuckError) return false
      return error instanceof TransactionExecutionError || error instanceof InvalidTransactionError
    },
  }

  async function readYieldTimeout(): Promise<number> {
    return reach(async () => {
      const config = await provider.experimental_protocolConfig({ finality: "final" })
      const { wasm_config } = YieldTimeout.parse(config).runtime_config
      return wasm_config.limit_config.yield_timeout_length_in_blocks
    })
  }

  /** To read what was answered is part of `call`: what is none of its form is no answer either. */
  async function reach<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (cause) {
      throw new OutlayerError("chain_unavailable", `${endpoint} did not answer`, { cause })
    }
  }
}

function readHeader({
  header,
}: {
  header: { height: number; hash: string; timestamp_nanosec: string }
}): FinalBlock {
  const { height, hash, timestamp_nanosec } = header
  return { height, hash, timestampNs: BigInt(timestamp_nanosec) }
}

const YieldTimeout = z.object({
  runtime_config: z.object({
    wasm_config: z.object({
      limit_config: z.object({ yield_timeout_length_in_blocks: z.number() }),
    }),
  }),
})

/** What an endpoint says of an executed transaction. */
export function readResult(reply: unknown): TransactionResult {
  const { status, transaction_outcome, receipts_outcome } = Result.parse(reply)
  const all = [transaction_outcome, ...receipts_outcome]
  return {
    hash: transaction_outcome.id,
    value: typeof status === "object" && "SuccessValue" in status ? status.SuccessValue : undefined,
    failure: typeof status === "object" && "Failure" in status ? status.Failure : undefined,
    gasBurnt: all.reduce((sum, { outcome }) => sum + BigInt(outcome.gas_burnt), 0n),
    tokensBurntYocto: all.reduce((sum, { outcome }) => sum + BigInt(outcome.tokens_burnt), 0n),
    receipts: receipts_outcome.map(({ id, outcome }) => ({
      id,
      executorId: outcome.executor_id,
      gasBurnt: BigInt(outcome.gas_burnt),
      logs: outcome.logs,
      ...readStatus(outcome.status),
    })),
  }
}

const ReceiptStatus = z.object({
  SuccessValue: z.string().optional(),
  SuccessReceiptId: z.string().optional(),
})

function readStatus(status: unknown): Pick<ExecutedReceipt, "value" | "hasFailed"> {
  const { SuccessValue: value, SuccessReceiptId: next } = ReceiptStatus.safeParse(status).data ?? {}
  return { value, hasFailed: value === undefined && next === undefined }
}

/** A node waits ten seconds at most; that it gave up says nothing of the transaction. */
function undefinedOnTimeout(error: unknown): undefined {
  if (error instanceof TransactionTimeoutError || error instanceof UnknownTransactionError) return
  throw error
}
