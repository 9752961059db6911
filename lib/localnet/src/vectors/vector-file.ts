/** The format of recorded calls: `../shared/vectors/near-vm/README.md` describes it. Hashes and keys are hex. */
import { readFile } from "node:fs/promises"
import { gunzipSync } from "node:zlib"
import type { AccountContract, CallContext, PromiseResult } from "../vm/vm.ts"

export interface VectorFile {
  name: string
  category: string
  wasm_base64?: string
  wasm_gzip_base64?: string
  context?: VectorContext
  cases: VectorCase[]
}

export interface VectorCase {
  name: string
  method: string
  input_base64?: string
  context?: VectorContext
  storage_before?: Record<string, string>
  expect: Record<string, unknown>
}

type VectorContext = Partial<typeof DEFAULT_CONTEXT>

/** Gas is a number; money and heights are decimal strings. */
const DEFAULT_CONTEXT = {
  current_account_id: "contract.near",
  signer_account_id: "signer.near",
  predecessor_account_id: "caller.near",
  refund_to_account_id: "refund.near",
  signer_account_pk: `00${"07".repeat(32)}`,
  block_height: "1000000",
  block_timestamp: "1700000000000000000",
  epoch_height: "250",
  account_balance: "10000000000000000000000000",
  account_locked_balance: "0",
  attached_deposit: "0",
  storage_usage: 10_000,
  prepaid_gas: 300_000_000_000_000,
  random_seed: "0a".repeat(32),
  is_view: false,
  account_contract: { kind: "none" } as VectorContract,
  promise_results: [] as VectorPromiseResult[],
  output_data_receivers: [] as string[],
  chain_id: "test-chain",
  validators: {} as Record<string, string>,
  pending_data_ids: [] as string[],
  pending_yield_ids: {} as Record<string, string>,
  trie_nodes_per_write: 0,
}

type VectorContract =
  | { kind: "none" }
  | { kind: "local" | "global"; code_hash: string }
  | { kind: "global_by_account"; account_id: string }

type VectorPromiseResult =
  | { status: "successful"; data_base64: string }
  | { status: "failed" | "not_ready" }

export async function readVectorFile(path: string): Promise<VectorFile> {
  // The recorder's own output: a field that is missing shows as a difference.
  return JSON.parse(await readFile(path, "utf8")) as VectorFile
}

export function wasmOf(file: VectorFile): Uint8Array {
  if (file.wasm_base64 !== undefined) return Buffer.from(file.wasm_base64, "base64")
  return gunzipSync(Buffer.from(file.wasm_gzip_base64 ?? "", "base64"))
}

export function contextOf(file: VectorFile, vector: VectorCase): typeof DEFAULT_CONTEXT {
  return { ...DEFAULT_CONTEXT, ...file.context, ...vector.context }
}

export function callContextOf(file: VectorFile, vector: VectorCase): CallContext {
  const context = contextOf(file, vector)
  return {
    currentAccountId: context.current_account_id,
    signerAccountId: context.signer_account_id,
    signerPublicKey: Buffer.from(context.signer_account_pk, "hex"),
    predecessorAccountId: context.predecessor_account_id,
    refundToAccountId: context.refund_to_account_id,
    input: Buffer.from(vector.input_base64 ?? "", "base64"),
    promiseResults: context.promise_results.map(promiseResult),
    blockHeight: BigInt(context.block_height),
    blockTimestamp: BigInt(context.block_timestamp),
    epochHeight: BigInt(context.epoch_height),
    accountBalance: BigInt(context.account_balance),
    accountLockedBalance: BigInt(context.account_locked_balance),
    attachedDeposit: BigInt(context.attached_deposit),
    storageUsage: BigInt(context.storage_usage),
    prepaidGas: BigInt(context.prepaid_gas),
    randomSeed: Buffer.from(context.random_seed, "hex"),
    isView: context.is_view,
    accountContract: accountContract(context.account_contract),
    outputDataReceivers: context.output_data_receivers,
    chainId: context.chain_id,
  }
}

function accountContract(contract: VectorContract): AccountContract {
  switch (contract.kind) {
    case "none":
      return contract
    case "local":
    case "global":
      return { kind: contract.kind, codeHash: Buffer.from(contract.code_hash, "hex") }
    case "global_by_account":
      return { kind: contract.kind, accountId: contract.account_id }
  }
}

function promiseResult(result: VectorPromiseResult): PromiseResult {
  if (result.status !== "successful") return { status: result.status }
  return { status: "successful", data: Buffer.from(result.data_base64, "base64") }
}
