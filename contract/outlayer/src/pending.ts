/** The records of unanswered requests, and how many of them each sender has. */
import { type HashedRequest, LIMITS, type Prices } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"
import { bytesOfRecord, COUNT_BYTES, restake } from "./stake.ts"
import { decodePrices, encodePrices, type EncodedPrices, type State } from "./state.ts"

export interface PendingRequest extends HashedRequest {
  /** Base64. */
  data_id: string
  /** Hex. */
  request_hash: string
  block_height: number
  prices: Prices
}

/** As it comes from its record. */
export interface StoredRequest extends Omit<PendingRequest, "input_data"> {
  /** `null`: long, and in a record of its own, which settling need not read. */
  input_data: string | null
}

export interface SizedRequest {
  request: StoredRequest
  /** What it takes in the state. */
  bytes: number
}

type Encoded = [
  dataId: string,
  senderId: string,
  payer: string,
  repo: string,
  commit: string,
  buildTarget: HashedRequest["code_source"]["build_target"],
  limits: [number, number, number, number],
  format: HashedRequest["response_format"],
  withStatus: boolean,
  secretsRef: HashedRequest["secrets_ref"],
  encryptedSecrets: string | null,
  payment: string,
  timestamp: string,
  blockHeight: number,
  prices: EncodedPrices,
  requestHash: string,
  /** Or what the record of its own takes. */
  input: string | number,
  httpHosts: HashedRequest["http_hosts"],
]

/** Above this, a callback that must read the input costs more than a record of its own. */
const INLINE_INPUT = 2048
/** Settled ids that one settlement passes over at most: twice as fast as new ones come. */
const STEPS = 2

const requestKey = (id: number) => `r${id}`
const inputKey = (id: number) => `i${id}`
const countKey = (senderId: string) => `n${senderId}`

/** Stores a request and returns the bytes that must be staked for it until it is answered. */
export function putPending(state: State, host: Host, request: PendingRequest): number {
  const id = request.request_id
  const input = request.input_data
  const isInline = input.length <= INLINE_INPUT
  if (!isInline) host.write(inputKey(id), input)
  const inputBytes = isInline ? 0 : bytesOfRecord(host, inputKey(id), input)
  const record = encode(request, isInline ? input : inputBytes)
  host.write(requestKey(id), record)
  const bytes = bytesOfRecord(host, requestKey(id), record) + inputBytes
  state.pendingPayments += BigInt(request.payment)
  restake(state, request.payment, 0, bytes)
  return bytes + COUNT_BYTES
}

/** Removes a request, for good. Its bytes are still noted as staked. */
export function takePending(state: State, host: Host, id: number): SizedRequest | undefined {
  const record = host.remove(requestKey(id))
  if (record === undefined) return undefined
  const sized = decodeSized(host, id, record)
  const { request } = sized
  if (request.input_data === null) host.remove(inputKey(id))
  state.pendingPayments -= BigInt(request.payment)
  removeFromCount(host, request.sender_id)
  for (let step = 0; step < STEPS && isSettled(state, host, id); step += 1) state.oldestOpenId += 1
  return sized
}

function hasPending(host: Host, id: number): boolean {
  return host.has(requestKey(id))
}

export function findPending(host: Host, id: number): StoredRequest | undefined {
  const text = host.read(requestKey(id))
  return text === undefined ? undefined : decode(id, JSON.parse(text) as Encoded)
}

export function findSizedPending(host: Host, id: number): SizedRequest | undefined {
  const record = host.read(requestKey(id))
  return record === undefined ? undefined : decodeSized(host, id, record)
}

export function dataIdOf(host: Host, request: StoredRequest): Uint8Array {
  return host.fromBase64(request.data_id) ?? new Uint8Array()
}

export function readInput(host: Host, request: StoredRequest): string {
  return request.input_data ?? host.read(inputKey(request.request_id)) ?? ""
}

/** Counts one more unanswered request of a sender; false when that would be too many. */
export function addToCount(host: Host, senderId: string): boolean {
  const count = Number(host.read(countKey(senderId)) ?? 0)
  if (count >= LIMITS.unansweredRequestsPerSender) return false
  host.write(countKey(senderId), String(count + 1))
  return true
}

function removeFromCount(host: Host, senderId: string): void {
  const count = Number(host.read(countKey(senderId)) ?? 0)
  if (count > 1) host.write(countKey(senderId), String(count - 1))
  else host.remove(countKey(senderId))
}

function isSettled(state: State, host: Host, justSettled: number): boolean {
  const id = state.oldestOpenId
  return id < state.nextRequestId && (id === justSettled || !hasPending(host, id))
}

function encode(request: PendingRequest, input: string | number): string {
  const { code_source: source, resource_limits: limits } = request
  const record: Encoded = [
    request.data_id,
    request.sender_id,
    request.payer_account_id,
    source.repo,
    source.commit,
    source.build_target,
    [
      limits.max_instructions,
      limits.max_memory_mb,
      limits.max_execution_seconds,
      limits.max_compile_seconds,
    ],
    request.response_format,
    request.with_status,
    request.secrets_ref,
    request.encrypted_secrets,
    request.payment,
    request.timestamp,
    request.block_height,
    encodePrices(request.prices),
    request.request_hash,
    input,
    request.http_hosts,
  ]
  return JSON.stringify(record)
}

function decodeSized(host: Host, id: number, text: string): SizedRequest {
  const record = JSON.parse(text) as Encoded
  const inputBytes = typeof record[16] === "number" ? record[16] : 0
  const bytes = bytesOfRecord(host, requestKey(id), text) + inputBytes
  return { request: decode(id, record), bytes }
}

/** A record written by `encode`. */
function decode(id: number, record: Encoded): StoredRequest {
  const [instructions, memoryMb, executionSeconds, compileSeconds] = record[6]
  return {
    request_id: id,
    data_id: record[0],
    sender_id: record[1],
    payer_account_id: record[2],
    code_source: { repo: record[3], commit: record[4], build_target: record[5] },
    resource_limits: {
      max_instructions: instructions,
      max_memory_mb: memoryMb,
      max_execution_seconds: executionSeconds,
      max_compile_seconds: compileSeconds,
    },
    response_format: record[7],
    with_status: record[8],
    secrets_ref: record[9],
    encrypted_secrets: record[10],
    payment: record[11],
    timestamp: record[12],
    block_height: record[13],
    prices: decodePrices(record[14]),
    request_hash: record[15],
    input_data: typeof record[16] === "string" ? record[16] : null,
    // Records of version 1 have none.
    http_hosts: record[17] ?? null,
  }
}
