/** What anybody may read. */
import { estimateCost, LIMIT_NAMES, LIMIT_RANGES, LIMITS } from "@outlayer/protocol/pure"
import manifest from "../../package.json" with { type: "json" }
import { freeFees } from "./admin.ts"
import { isAbsent, readFields, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { dataIdOf, findPending, hasPending, readInput, type StoredRequest } from "./pending.ts"
import { readLimits } from "./request-arguments.ts"
import { STATE_VERSION, type State } from "./state.ts"

/** Above this, a request's input and secrets are for `get_request` alone: a page has a hundred. */
const LISTED_UNITS = 2048

/** Null once it is settled. */
export function getRequest(host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ["request_id"])
  const request = findPending(host, readWhole(fields["request_id"], "request_id"))
  return request ? describe(host, request, readInput(host, request)) : null
}

/**
 * Unanswered requests in the order of their ids, without the first `from_index`. As in the event,
 * long input and secrets are null, and `input_in_state` says so.
 */
export function listPending(state: State, host: Host, args: unknown): unknown[] {
  const fields = readFields(args, "arguments", ["from_index", "limit"])
  let skipped = isAbsent(fields["from_index"]) ? 0 : readWhole(fields["from_index"], "from_index")
  const asked = isAbsent(fields["limit"]) ? LIMITS.pageItems : readWhole(fields["limit"], "limit")
  const limit = Math.min(asked, LIMITS.pageItems)

  const requests: unknown[] = []
  for (let id = state.oldestOpenId; id < state.nextRequestId && requests.length < limit; id += 1) {
    if (skipped > 0) {
      if (hasPending(host, id)) skipped -= 1
      continue
    }
    const request = findPending(host, id)
    if (request) requests.push(describeShort(host, request))
  }
  return requests
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
