/** What anybody may read. */
import { estimateCost, LIMIT_NAMES, LIMIT_RANGES } from "@outlayer/protocol/pure"
import manifest from "../../package.json" with { type: "json" }
import { freeFees } from "./admin.ts"
import { readFields, readPage, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { dataIdOf, findPending, readInput, type StoredRequest } from "./pending.ts"
import { readLimits } from "./request-arguments.ts"
import { STATE_VERSION, type State } from "./state.ts"

/** Above this, a request's input and secrets are for `get_request` alone: a page has a hundred. */
const LISTED_UNITS = 2048
/** Ids that one page looks at, answered ones too: 80 Tgas. */
const SEEN_IDS = 1000

/** Null once it is settled. */
export function getRequest(host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ["request_id"])
  const request = findPending(host, readWhole(fields["request_id"], "request_id"))
  return request ? describe(host, request, readInput(host, request)) : null
}

/**
 * Unanswered requests in the order of their ids, `from_index` being the first id to look at. A page
 * may have few or none: `next_index` says where the next one begins, until it is null. As in the
 * event, long input and secrets are null, and `input_in_state` says so.
 */
export function listPending(state: State, host: Host, args: unknown): PendingPage {
  const { from, limit } = readPage(readFields(args, "arguments", ["from_index", "limit"]))
  const requests: unknown[] = []
  let id = Math.max(from, state.oldestOpenId)
  const end = Math.min(id + SEEN_IDS, state.nextRequestId)
  for (; id < end && requests.length < limit; id += 1) {
    const request = findPending(host, id)
    if (request) requests.push(describeShort(host, request))
  }
  return { requests, next_index: id < state.nextRequestId ? id : null }
}

interface PendingPage {
  requests: unknown[]
  next_index: number | null
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

function describeShort(host: Host, stored: StoredRequest): unknown {
  const isLong =
    stored.input_data === null || (stored.encrypted_secrets ?? "").length > LISTED_UNITS
  const request = isLong ? { ...stored, encrypted_secrets: null } : stored
  return { ...describe(host, request, isLong ? null : stored.input_data), input_in_state: isLong }
}

function describe(host: Host, stored: StoredRequest, input: string | null) {
  const { prices: _, ...request } = stored
  return { ...request, input_data: input, data_id: Array.from(dataIdOf(host, stored)) }
}
