import type { CallError } from "./call-outcome.ts"
import { LIMITS } from "./parameters.ts"
import { debugFields } from "./rust-text.ts"

type Fields = Record<string, string | bigint>

/** Rust's `Display` of each variant of nearcore's `HostError`; `{x}` stands for a field. */
const MESSAGES = {
  AltBn128InvalidInput: "AltBn128 invalid input: {msg}",
  BLS12381InvalidInput: "BLS12-381 invalid input: {msg}",
  BadUTF16: "String encoding is bad UTF-16 sequence.",
  BadUTF8: "String encoding is bad UTF-8 sequence.",
  BalanceExceeded: "Exceeded the account balance.",
  CannotAppendActionToJointPromise: "Actions can only be appended to non-joint promise.",
  CannotReturnJointPromise: "Returning joint promise is currently prohibited.",
  CannotSetRefundToOnJointPromise: "Cannot set refund_to on a joint promise.",
  ContractCodeHashMalformed: "contract code hash is malformed",
  ContractSizeExceeded:
    "The size of a contract code in DeployContract action {size} exceeds the limit {limit}",
  DataEntryAlreadyExists: "Data entry for given key already exists",
  DataIdMalformed: "yield resumption token is malformed",
  Deprecated: "Attempted to call deprecated host function {method_name}",
  ECRecoverError: "ECDSA recover error: {msg}",
  Ed25519VerifyInvalidInput: "ED25519 signature verification error: {msg}",
  EmptyMethodName: "Tried to call an empty method name.",
  GasExceeded: "Exceeded the prepaid gas.",
  GasLimitExceeded: "Exceeded the maximum amount of gas allowed to burn per contract.",
  GuestPanic: "Smart contract panicked: {panic_msg}",
  IntegerOverflow: "Integer overflow.",
  InvalidAccountId: "VM Logic returned an invalid account id",
  InvalidActionIndex:
    "Action {action_index} in receipt {receipt_index} does not exist or has the wrong type of action.",
  InvalidMethodName: "VM Logic returned an invalid method name",
  InvalidPromiseIndex: "{promise_idx} does not correspond to existing promises",
  InvalidPromiseResultIndex: "Accessed invalid promise result index: {result_idx}",
  InvalidPublicKey: "VM Logic provided an invalid public key",
  InvalidRegisterId: "Accessed invalid register id: {register_id}",
  KeyLengthExceeded: "The length of a storage key {length} exceeds the limit {limit}",
  MemoryAccessViolation: "Accessed memory outside the bounds.",
  NumberInputDataDependenciesExceeded:
    "The number of input data dependencies {number_of_input_data_dependencies} exceeds the limit {limit}",
  NumberOfLogsExceeded: "The number of logs will exceed the limit {limit}",
  NumberPromisesExceeded:
    "The number of promises within a FunctionCall {number_of_promises} exceeds the limit {limit}",
  P256VerifyInvalidInput: "P256 signature verification error: {msg}",
  ProhibitedInView: "{method_name} is not allowed in view calls",
  ReturnedValueLengthExceeded: "The length of a returned value {length} exceeds the limit {limit}",
  TotalLogLengthExceeded: "The length of a log message {length} exceeds the limit {limit}",
  ValueLengthExceeded: "The length of a storage value {length} exceeds the limit {limit}",
  YieldIdMalformed: "yield id is malformed",
  YieldPayloadLength: "Yield resume payload is {length} bytes which exceeds the {limit} byte limit",
} as const

export type HostErrorName = keyof typeof MESSAGES

/** Ends the call: thrown by a host function through the wasm that called it. */
export class HostError extends Error {
  readonly callError: CallError

  constructor(name: HostErrorName, fields: Fields = {}) {
    const message = MESSAGES[name].replace(/\{(\w+)\}/g, (_, field: string) =>
      String(fields[field]),
    )
    super(message)
    const debug = `HostError(${name}${debugFields(fields)})`
    this.callError = { kind: "HostError", name, message, debug }
  }
}

/** Fields in nearcore's order, for `debug`. */
export function lengthExceeded(
  name: HostErrorName,
  length: bigint | number,
  limit: keyof typeof LIMITS,
): HostError {
  return new HostError(name, { length: BigInt(length), limit: BigInt(LIMITS[limit]) })
}
