import json from "../parameters-pv86.json" with { type: "json" }

/** What nearcore 2.13.4 says at protocol version 86. Gas of actions: see runtime/fees.ts. */
export const parameters = json

export const PROTOCOL_VERSION = json.protocol_version
export const CHUNK_GAS_LIMIT = 1_000_000_000_000_000n
/** Yocto a gas. */
export const MIN_GAS_PRICE = 100_000_000n
export const MAX_GAS_PRICE_RATIO = 20n
export const MIN_GAS_PURCHASE_PRICE = BigInt(json.min_gas_purchase_price)
export const ACCOUNT_CREATION_CHARGE = BigInt(json.account_creation_charge)
export const STORAGE_PRICE = BigInt(json.storage_usage.storage_amount_per_byte)
export const ACCOUNT_BYTES = BigInt(json.storage_usage.num_bytes_account)
export const RECORD_BYTES = BigInt(json.storage_usage.num_extra_bytes_record)
/** An account this small needs no balance. */
export const ZERO_BALANCE_BYTES = 770n
export const MAX_DELETABLE_BYTES = 10_000n
export const MAX_TOTAL_PREPAID_GAS = BigInt(json.limits.max_total_prepaid_gas)
/** Nonces of a height start at (height - 1) times this. */
export const NONCES_PER_BLOCK = 1_000_000n
