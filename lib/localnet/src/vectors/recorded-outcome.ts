import { createHash } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { base58 } from "@scure/base"
import type {
  CallContext,
  CallOutcome,
  DraftAction,
  GlobalContract,
  KeyPermission,
  ReceiptDraft,
  ReturnedData,
} from "../vm/vm.ts"

const CURVES = ["ed25519", "secp256k1", "ml-dsa-65"]

/** Longer bytes are recorded by length and hash. */
const LONGEST_STORED = 1024
const LONGEST_BYTES = 2048

/** What the recorder would have written: fields that are unchanged or empty are left out. */
export function recordedOutcome(
  outcome: CallOutcome,
  context: CallContext,
  storageBefore: Record<string, string>,
  storageAfter: ReadonlyMap<string, Uint8Array>,
): Record<string, unknown> {
  const { ext, actions, wasm } = outcome.profile
  const loading = (ext["contract_loading_base"] ?? 0n) + (ext["contract_loading_bytes"] ?? 0n)
  const always = {
    burnt_gas: Number(outcome.burntGas),
    used_gas: Number(outcome.usedGas),
    loading_gas: Number(loading),
    compute_usage: Number(outcome.computeUsage),
    outcome: returned(outcome.returned),
    error: outcome.error ?? null,
    profile: { wasm: Number(wasm), ext: numbers(ext), actions: numbers(actions) },
  }
  const logs = leaveOut(outcome.logs, outcome.logs.length === 0)
  if (outcome.error !== undefined) return present({ ...always, logs })

  const { balance, storageUsage, subsidized, receipts, resumes } = outcome
  const after = storageRecord(storageAfter)
  const before = context.accountBalance + context.attachedDeposit
  return present({
    ...always,
    logs,
    balance_after: leaveOut(String(balance), balance === before),
    storage_usage_after: leaveOut(Number(storageUsage), storageUsage === context.storageUsage),
    subsidized: leaveOut(String(subsidized), subsidized === 0n),
    storage_after: leaveOut(after, isDeepStrictEqual(after, storageBefore)),
    receipts: leaveOut(receipts.map(receiptRecord), receipts.length === 0),
    resumes: leaveOut(
      resumes.map(({ dataId, payload }) => ({
        data_id: hex(dataId),
        payload_base64: base64(payload),
      })),
      resumes.length === 0,
    ),
  })
}

function returned(data: ReturnedData): unknown {
  switch (data.kind) {
    case "none":
      return data
    case "value":
      return { kind: data.kind, value_base64: base64(data.value) }
    case "receipt_index":
      return { kind: data.kind, receipt_index: data.receiptIndex }
  }
}

function receiptRecord(receipt: ReceiptDraft): unknown {
  return {
    receiver_id: receipt.receiverId,
    refund_to: receipt.refundTo ?? null,
    is_promise_yield: receipt.isPromiseYield,
    yield_id: receipt.yieldId === undefined ? null : hex(receipt.yieldId),
    input_data_ids: receipt.inputDataIds.map(hex),
    output_data_receivers: receipt.outputDataReceivers.map(({ dataId, receiverId }) => ({
      data_id: hex(dataId),
      receiver_id: receiverId,
    })),
    actions: receipt.actions.map(actionRecord),
  }
}

function actionRecord(action: DraftAction): unknown {
  const { type } = action
  switch (type) {
    case "create_account":
      return action
    case "deploy_contract":
      return { type, code_base64: base64(action.code) }
    case "function_call":
      return {
        type,
        method_name: action.methodName,
        args_base64: base64(action.args),
        gas: Number(action.gas),
        gas_weight: String(action.gasWeight),
        deposit: String(action.deposit),
      }
    case "transfer":
      return { type, deposit: String(action.deposit) }
    case "stake":
      return { type, stake: String(action.stake), public_key: publicKey(action.publicKey) }
    case "add_key":
      return {
        type,
        public_key: publicKey(action.publicKey),
        nonce: String(action.nonce),
        ...permissionRecord(action.permission),
      }
    case "add_gas_key":
      return {
        type,
        public_key: publicKey(action.publicKey),
        num_nonces: action.nonces,
        ...permissionRecord(action.permission),
      }
    case "transfer_to_gas_key":
      return { type, public_key: publicKey(action.publicKey), deposit: String(action.deposit) }
    case "delete_key":
      return { type, public_key: publicKey(action.publicKey) }
    case "delete_account":
      return { type, beneficiary_id: action.beneficiaryId }
    case "deploy_global_contract":
      return { type, code_base64: base64(action.code), by: action.by }
    case "use_global_contract":
      return { type, contract: contractRecord(action.contract) }
    case "deterministic_state_init":
      return {
        type,
        contract: contractRecord(action.contract),
        data: Object.fromEntries(action.data.map(({ key, value }) => [hex(key), hex(value)])),
        deposit: String(action.deposit),
      }
  }
}

function permissionRecord(permission: KeyPermission): object {
  if (permission.kind === "full_access") return { permission: permission.kind }
  return {
    permission: permission.kind,
    allowance: permission.allowance === undefined ? null : String(permission.allowance),
    receiver_id: permission.receiverId,
    method_names: permission.methodNames,
  }
}

function contractRecord(contract: GlobalContract): object {
  if ("codeHash" in contract) return { code_hash: hex(contract.codeHash) }
  return { account_id: contract.accountId }
}

function publicKey(borsh: Uint8Array): string {
  return `${CURVES[borsh[0] ?? 0]}:${base58.encode(borsh.subarray(1))}`
}

function storageRecord(storage: ReadonlyMap<string, Uint8Array>): object {
  return Object.fromEntries(
    [...storage].map(([key, value]) => [
      key,
      value.length > LONGEST_STORED ? summary(value) : hex(value),
    ]),
  )
}

function base64(bytes: Uint8Array): unknown {
  return bytes.length > LONGEST_BYTES ? summary(bytes) : Buffer.from(bytes).toString("base64")
}

function summary(bytes: Uint8Array): object {
  return { length: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

function numbers(gas: Record<string, bigint>): Record<string, number> {
  return Object.fromEntries(Object.entries(gas).map(([cost, value]) => [cost, Number(value)]))
}

function leaveOut<T>(value: T, when: boolean): T | undefined {
  return when ? undefined : value
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
