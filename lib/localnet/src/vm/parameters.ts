/** Protocol version 86 in numbers: what the chain charges, and where it stops. Gas is bigint. */
import parameters from "../../parameters-pv86.json" with { type: "json" }

export type ExtCost = keyof typeof parameters.ext_costs
export type ActionCost = keyof typeof parameters.actions

interface ActionFee {
  /** Sender is receiver. */
  sendSir: bigint
  sendNotSir: bigint
  execution: bigint
}

export const LIMITS = parameters.limits
/** Of storage, beside key and value. */
export const EXTRA_BYTES_OF_RECORD = parameters.storage_usage.num_extra_bytes_record
/** nearcore keeps values up to this size where they are quick to read. */
export const LARGE_VALUE_BYTES = 4000
export const MAX_GAS_BURNT = BigInt(LIMITS.max_gas_burnt)
export const REGULAR_OP = BigInt(parameters.wasm.regular_op)

export const EXT_COSTS = mapRecord(parameters.ext_costs, BigInt)

/** What a chunk's limit counts where it is not the gas. */
export const EXT_COMPUTE_COSTS: Partial<Record<string, bigint>> = mapRecord(
  parameters.ext_compute_overrides,
  BigInt,
)

export const ACTION_FEES = mapRecord(parameters.actions, (fee): ActionFee => ({
  sendSir: BigInt(fee.send_sir),
  sendNotSir: BigInt(fee.send_not_sir),
  execution: BigInt(fee.execution),
}))

export function sendFee(action: ActionCost, senderIsReceiver: boolean): bigint {
  const fee = ACTION_FEES[action]
  return senderIsReceiver ? fee.sendSir : fee.sendNotSir
}

function mapRecord<K extends string, A, B>(record: Record<K, A>, map: (value: A) => B) {
  const entries = Object.entries<A>(record).map(([key, value]) => [key, map(value)])
  return Object.fromEntries(entries) as Record<K, B>
}
