/** What a worker's own signatures prove against it: the transactions with which it settled. */
import { blameFor, encodePublicKey, isFailureCode } from "@outlayer/protocol/pure"
import { type Fields, isAbsent, readFields, readText, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { findKey, type KeyRecord } from "./keys.ts"
import { findMeasurement } from "./measurements.ts"
import { readSignedCalls, type SignedCall } from "./signed-transaction.ts"
import type { State } from "./state.ts"

export interface Proven {
  kind: "two_results" | "use_after_withdrawal"
  publicKey: string
  record: KeyRecord
  requestId: number
}

interface Settlement {
  requestId: number
  /** What it says came of the request; undefined where it says nothing of the guest's doing. */
  result: string | undefined
  /** Of an answer in two calls: the output, then all else. Each says what the other leaves out. */
  half?: "output" | "rest"
}

/** As long as a transaction can be, in base64. */
const MAX_TRANSACTION = 262_144

/**
 * `{two_results: [a, b]}`: two signed transactions, base64, that settle one request differently.
 * `{use_after_withdrawal: a}`: one that settles a request made well after the measurement of its key
 * was withdrawn. Throws when it proves nothing.
 */
export function readProof(state: State, host: Host, proof: unknown): Proven {
  const fields = readFields(proof, "proof", ["two_results", "use_after_withdrawal"])
  const { two_results: two, use_after_withdrawal: late } = fields
  if (!isAbsent(late) && isAbsent(two)) return proveLateUse(state, host, late)
  if (Array.isArray(two) && two.length === 2 && isAbsent(late)) {
    return proveTwoResults(state, host, two)
  }
  throw new Error("proof must be {two_results: [a, b]} or {use_after_withdrawal: a}")
}

function proveTwoResults(state: State, host: Host, transactions: readonly unknown[]): Proven {
  const [first, second] = transactions.map((given) => readTransaction(state, host, given))
  if (!first || !second || first.publicKey !== second.publicKey) {
    throw new Error("proof: two keys have signed, not one")
  }
  for (const one of first.settlements) {
    for (const other of second.settlements) {
      if (one.requestId !== other.requestId) continue
      if (one.result === undefined || other.result === undefined) continue
      if (one.result === other.result || areHalves(one, other)) continue
      const { publicKey, record } = first
      return { kind: "two_results", publicKey, record, requestId: one.requestId }
    }
  }
  throw new Error("proof: the two do not settle one request differently")
}

function areHalves(one: Settlement, other: Settlement): boolean {
  return one.half !== undefined && other.half !== undefined && one.half !== other.half
}

function proveLateUse(state: State, host: Host, transaction: unknown): Proven {
  const { publicKey, record, settlements } = readTransaction(state, host, transaction)
  const first = findMeasurement(host, record.measurement)?.firstLateRequest ?? null
  if (first === null) {
    throw new Error("proof: no withdrawal of the key's measurement is marked: mark_withdrawal")
  }
  const late = settlements.find(({ requestId }) => requestId >= first)
  if (!late) throw new Error(`proof: it settles no request from ${first} on`)
  return { kind: "use_after_withdrawal", publicKey, record, requestId: late.requestId }
}

function readTransaction(state: State, host: Host, given: unknown) {
  const bytes = host.decodeBase64(readText(given, "proof", MAX_TRANSACTION))
  const calls = bytes && readSignedCalls(host, bytes)
  const [first] = calls ?? []
  if (!calls || !first) throw new Error("proof: not a signed transaction of function calls")
  const publicKey = encodePublicKey(first.publicKey)
  const record = findKey(host, publicKey)
  if (!record) throw new Error(`proof: ${publicKey} is not on record`)
  const settlements = calls.flatMap((call) => {
    // Of a contract that it was never registered for, a key's word is worth nothing.
    const isOurs = call.signer === host.self() && call.receiver === state.outlayer
    const settlement = isOurs ? readSettlement(host, call) : undefined
    return settlement ? [settlement] : []
  })
  return { publicKey, record, settlements }
}

function readSettlement(host: Host, { method, args }: SignedCall): Settlement | undefined {
  const fields = asObject(parse(host.fromUtf8(args)))
  if (!fields) return undefined
  const requestId = readWhole(fields["request_id"], "proof: request_id")
  switch (method) {
    case "resolve_execution": {
      const response = asObject(fields["response"])
      const isHalf = response?.["success"] === true && isAbsent(response["output"])
      return { requestId, result: resultOf(response), ...(isHalf ? { half: "rest" } : {}) }
    }
    case "submit_execution_output_and_resolve":
      return { requestId, result: resultOf(fields) }
    case "submit_execution_output":
      return {
        requestId,
        result: resultOf({ success: true, output: fields["output"] }),
        half: "output",
      }
    default:
      return undefined
  }
}

/** Failures of ours and of the deadline say nothing of what the guest did. */
function resultOf(answer: Fields | undefined): string | undefined {
  if (!answer) return undefined
  if (answer["success"] === true) return `success ${stable(answer["output"] ?? null)}`
  const code = asObject(answer["error"])?.["code"]
  return isFailureCode(code) && blameFor(code) === "request" ? `failure ${code}` : undefined
}

/** JSON whose objects have their keys in order: two spellings of one value are no two results. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`
  const fields = asObject(value)
  if (!fields) return JSON.stringify(value)
  const names = Object.keys(fields).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${stable(fields[name])}`).join()}}`
}

function asObject(value: unknown): Fields | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  return isObject ? (value as Fields) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
