/**
 * What a coordinator that means harm could say of a task, with or without secrets: again and again, then
 * no more. Not among it is what is its word alone: how long a build took, when work was first taken.
 */
import { randomUUID } from "node:crypto"
import type { Exchange, Mischief } from "./coordinator.ts"
import { alter } from "./mischief.ts"

type Fields = Record<string, unknown>
type Draw = (below: number) => number

const POLL = "/tasks/poll"
/** Often enough to outlast a retry; the next time is honest. */
const TIMES = 2
/** Answers that overtake one that is kept back. */
const OVERTAKING = 4
const ITS_WORD_ALONE = ["compile_time_ms", "compilation_note", "deadline_code", "context"]

/** Of the tasks with the input that `inputOf` gives it: one for each. */
export function listTaskLies(
  past: readonly Exchange[],
  draw: Draw,
  drawn: number,
  inputOf: (index: number) => string,
): Mischief[] {
  const verdict = (code: string): TaskLie => [
    `the verdict is ${code}`,
    () => ({ verdict: { code, message: "So it is" }, wasm: null }),
  ]
  const inKey = (changes: Fields) => (task: Fields) => ({
    key: { ...(task["key"] as Fields), ...changes },
  })
  const lies: TaskLie[] = [
    verdict("compile_failed"),
    verdict("trap"),
    verdict("access_denied"),
    verdict("deadline_exceeded"),
    verdict("no_such_code"),
    ["the deadline is past", () => ({ deadline_height: 1 })],
    ["the input is another", ({ request }) => ({ request: withInput(request, "text 3") })],
    ["the request is an earlier one", ({ request }) => ({ request: earlier(request) })],
    ["the contract is another", () => ({ contract_id: "other.test.near" })],
    ["the commit is nobody's", () => ({ resolved_commit: "5".repeat(40) })],
    ["there is neither commit nor program", () => ({ resolved_commit: null, wasm: null })],
    ["another's transaction has settled it", () => ({ settlement: lastSettlement(past) })],
    ["the lease is another's", inKey({ lease_token: randomUUID() })],
    ["the lease is of an attempt to come", inKey({ attempt: 9 })],
    ["the lease lasts for ever", () => ({ lease_seconds: 1_000_000 })],
    ...Array.from({ length: drawn }, (_, at): TaskLie => {
      return [`something, drawn (${at})`, (task) => without(alter(without(task), draw) as Fields)]
    }),
  ]
  return lies.map(([name, change], index) => ({
    name,
    at: POLL,
    times: TIMES,
    tell(answered) {
      const task = answered as (Fields & { request?: Fields }) | undefined
      if (task?.request?.["input_data"] !== inputOf(index)) return undefined
      return { ...task, ...change(task) }
    },
  }))
}

/** Nothing false is said, but late, out of order and twice. */
export function listDelays(): Mischief[] {
  const paths = [POLL, "/tasks/extend", "/tasks/settlement", "/tasks/complete", "/attestations"]
  return paths.flatMap((at): Mischief[] => [
    { name: `${at} is answered late`, at, hold: OVERTAKING, times: 2 * TIMES },
    ...(at === POLL ? [] : [{ name: `${at} is told twice`, at, repeat: 2, times: 2 * TIMES }]),
  ])
}

type TaskLie = [name: string, change: (task: Fields) => Fields]

function withInput(request: unknown, input_data: string): Fields {
  return { ...(request as Fields), input_data }
}

function earlier(request: unknown): Fields {
  return { ...(request as Fields), request_id: 0 }
}

function lastSettlement(past: readonly Exchange[]): Fields {
  const asked = past.findLast(({ path }) => path === "/tasks/settlement")?.asked as Fields
  const { tx_hash, signer_public_key, signed_tx_base64, summary } = asked
  return { tx_hash, signer_public_key, signed_tx_base64, summary }
}

function without(task: Fields): Fields {
  return Object.fromEntries(Object.entries(task).filter(([name]) => !ITS_WORD_ALONE.includes(name)))
}
