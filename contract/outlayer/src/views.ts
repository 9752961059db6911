/** What anybody may read. */
import {
  estimateCost,
  LIMIT_NAMES,
  LIMIT_RANGES,
  LIMITS,
  requestHash,
} from "@outlayer/protocol/pure"
import manifest from "../../package.json" with { type: "json" }
import { freeFees } from "./admin.ts"
import { isAbsent, readFields, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { dataIdOf, findPending, readInput, type StoredRequest } from "./pending.ts"
import { readLimits } from "./request-arguments.ts"
import { STATE_VERSION, type State } from "./state.ts"

/** What one call of `list_pending` reads at most, to stay below the 300 Tgas of a cautious node. */
const SCANNED_IDS = 500
const INPUT_UNITS = 65_536

/** Null once it is settled. */
export function getRequest(host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ["request_id"])
  const request = findPending(host, readWhole(fields["request_id"], "request_id"))
  return request ? describe(host, request) : null
}

/**
 * Unanswered requests in the order of their ids, from the id `from_index` on. Go on at
 * `next_index`; it is null at the end.
 */
export function listPending(state: State, host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ["from_index", "limit"])
  const from = isAbsent(fields["from_index"]) ? 0 : readWhole(fields["from_index"], "from_index")
  const asked = isAbsent(fields["limit"]) ? LIMITS.pageItems : readWhole(fields["limit"], "limit")
  const limit = Math.min(asked, LIMITS.pageItems)

  let id = Math.max(from, state.oldestOpenId)
  const end = Math.min(state.nextRequestId, id + SCANNED_IDS)
  let inputUnits = 0
  const requests: unknown[] = []
  for (; id < end && requests.length < limit && inputUnits < INPUT_UNITS; id += 1) {
    const stored = findPending(host, id)
    if (!stored) continue
    const request = describe(host, stored)
    inputUnits += request.input_data.length
    requests.push(request)
  }
  return { requests, next_index: id < state.nextRequestId ? id : null }
}

export function getStats(state: State, host: Host): unknown {
  return {
    total_executions: state.completed,
    next_request_id: state.nextRequestId,
    total_fees_collected: String(state.feesCharged),
    withdrawable_fees: String(freeFees(state, host)),
    pending_payments: String(state.pendingPayments),
    claimable_refunds: String(state.claimable),
  }
}

export function getPricing({ prices }: State): unknown {
  return {
    base_fee: String(prices.base),
    per_million_instructions_fee: String(prices.perMillionInstructions),
    per_ms_fee: String(prices.perMs),
    per_compile_ms_fee: String(prices.perCompileMs),
  }
}

export function getConfig(state: State): unknown {
  return {
    owner_id: state.owner,
    operator_id: state.operators[0],
    operator_ids: state.operators,
    keystore_account_id: state.keystore,
    register_contract_id: state.register,
    paused: state.paused,
    state_version: STATE_VERSION,
  }
}

export function getMaxLimits(): unknown {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMIT_RANGES[name].max]))
}

export function estimateExecutionCost(state: State, args: unknown): string {
  const fields = readFields(args, "arguments", ["resource_limits"])
  return String(estimateCost(state.prices, readLimits(fields["resource_limits"])))
}

/** NEP-330. */
export function getSourceMetadata(): unknown {
  return {
    version: manifest.version,
    link: null,
    standards: [{ standard: "nep330", version: "1.1.0" }],
  }
}

function describe(host: Host, stored: StoredRequest) {
  const { prices: _, ...fields } = stored
  const request = { ...fields, input_data: readInput(host, stored) }
  return {
    ...request,
    data_id: Array.from(dataIdOf(host, stored)),
    request_hash: host.hex(requestHash(host, host.self(), request)),
  }
}
