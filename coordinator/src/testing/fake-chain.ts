/** A chain for tests: what its contract holds and how high it is, says the test. */
import { randomBytes } from "node:crypto"
import { AccountId, type ChainRequest, type NewTask, Sha256Hex } from "@outlayer/protocol"
import type { ChainReader } from "../chain.ts"

export const CONTRACT = AccountId.parse("outlayer.test.near")
export const COMMIT = "c0ffee".padEnd(40, "0")

export function createFakeChain(yieldTimeoutBlocks = 200) {
  const requests = new Map<number, ChainRequest>()
  const state = { height: 1_000, isDown: false, heightReads: 0 }
  let lastId = 0

  const reader: ChainReader = {
    getRequest: async (_contractId, requestId) => answer(requests.get(requestId)),
    async finalHeight() {
      state.heightReads++
      return answer(state.height)
    },
    yieldTimeoutBlocks: async () => answer(yieldTimeoutBlocks),
  }

  return {
    ...reader,
    state,

    /** Makes a request at the present height and returns the event that a watcher would post. */
    request(options: RequestOptions = {}): NewTask {
      const { sender = "alice.near", repo = "owner/name", commit = COMMIT } = options
      const request: ChainRequest = {
        request_id: ++lastId,
        data_id: randomBytes(32),
        request_hash: Sha256Hex.parse(randomBytes(32).toString("hex")),
        sender_id: AccountId.parse(sender),
        payer_account_id: AccountId.parse(sender),
        code_source: { repo, commit, build_target: "wasm32-wasip1" },
        resource_limits: {
          max_instructions: 1_000_000_000,
          max_memory_mb: 128,
          max_execution_seconds: 60,
          max_compile_seconds: options.maxCompileSeconds ?? 60,
        },
        input_data: options.input ?? "{}",
        secrets_ref: null,
        encrypted_secrets: null,
        http_hosts: null,
        response_format: "Json",
        with_status: false,
        payment: 10n ** 23n,
        timestamp: 1n,
        block_height: state.height,
      }
      requests.set(request.request_id, request)
      return eventOf(request)
    },

    /** The contract forgets a request that was settled, cancelled or has expired. */
    forget: ({ request_id }: { request_id: number }) => void requests.delete(request_id),
  }

  async function answer<T>(value: T): Promise<T> {
    if (state.isDown) throw new Error("chain is down")
    return value
  }
}

export interface RequestOptions {
  sender?: string
  repo?: string
  commit?: string
  maxCompileSeconds?: number
  input?: string
}

function eventOf({ request_id, data_id, block_height }: ChainRequest): NewTask {
  const context = {
    block_height,
    block_timestamp: 1n,
    transaction_hash: null,
    receipt_id: null,
    signer_id: null,
    signer_public_key: null,
    gas_burnt: null,
  }
  return { contract_id: CONTRACT, request_id, data_id, context }
}
