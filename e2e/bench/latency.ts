/** One request at a time with the cache warm: from the client's call to its answer, by parts. */
import { ask, type Question, type Stack } from "@outlayer/stack"
import { readCalls } from "./chain-record.ts"
import type { Journal } from "./journal.ts"
import { quantiles, type Quantiles } from "./quantiles.ts"
import { requestIdOf } from "./request-id.ts"

type Moments = Awaited<ReturnType<typeof askOnce>>

/** What lies between two moments of a request. */
const PARTS: [name: string, from: keyof Moments, to: keyof Moments][] = [
  ["transaction to callback", "included", "answered"],
  ["  chain: to the event", "included", "requested"],
  ["  queue: event seen", "requested", "seen"],
  ["  queue: checked, resolved, taken", "seen", "leased"],
  ["  start: program and process at hand", "leased", "started"],
  ["  run", "started", "ended"],
  ["  settle: signed and recorded", "ended", "signed"],
  ["  settle: to the callback", "signed", "answered"],
  ["before: signed and sent by the client", "called", "included"],
  ["after: final and told to the client", "answered", "told"],
]

/** In milliseconds. */
export async function measureLatency(
  stack: Stack,
  journal: Journal,
  question: Question,
  count: number,
): Promise<[name: string, Quantiles][]> {
  const requests: Moments[] = []
  while (requests.length < count) requests.push(await askOnce(stack, journal, question))
  return PARTS.map(([name, from, to]) => [
    name,
    quantiles(requests.map((moments) => moments[to] - moments[from])),
  ])
}

/** Milliseconds since 1970, by the clock that all the processes of a machine share. */
async function askOnce(stack: Stack, journal: Journal, question: Question) {
  const { alice, outlayer, caller } = stack.accounts
  const called = now()
  const answer = await ask(stack, question)
  const told = now()

  const requestId = requestIdOf(answer)
  const { includedAt, calls } = await readCalls(
    stack.provider,
    answer.transactionHash,
    alice.accountId,
  )
  const ran = (contractId: string, method: string) =>
    calls.find((call) => call.contractId === contractId && call.method === method)?.at ?? Number.NaN
  const said = async (service: string, message: string) =>
    Date.parse(String((await journal.find(requestId, service, message))["time"]))
  const ended = await said("worker", "guest ended")
  const { timeMs } = await journal.find(requestId, "worker", "guest ended")
  return {
    called,
    included: includedAt,
    requested: ran(outlayer.accountId, "request_execution"),
    seen: await said("coordinator", "task created"),
    leased: await said("coordinator", "task leased"),
    started: ended - Number(timeMs),
    ended,
    signed: await said("worker", "settlement signed"),
    answered: ran(caller.accountId, "on_answer"),
    told,
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
