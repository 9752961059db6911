/**
 * What this process's key has answered. Two answers to one request, signed by one key, are proof
 * against a worker and cost its stake (decision 9), whoever caused them: a coordinator that leases a
 * request twice, a run that is repeated. So the first one stands. The key ends with the process.
 */
import type { ExecuteTask, ExecutionResponse, ExecutionSummary } from "@outlayer/protocol"

/**
 * More than one worker can settle while a request is pending, two minutes or so: an answer is kept
 * only for a request that the contract says is pending. 128 MiB at the most.
 */
const MAX_REQUESTS = 4_000

export interface GivenAnswer {
  answer: ExecutionResponse
  summary: ExecutionSummary
}

export interface GivenAnswers {
  find(task: ExecuteTask): GivenAnswer | undefined
  /** What stands for the request: an earlier answer, or else this one from now on. */
  keep(task: ExecuteTask, given: GivenAnswer): GivenAnswer
}

export function createGivenAnswers(maxRequests = MAX_REQUESTS): GivenAnswers {
  const answers = new Map<string, GivenAnswer & { requestHash: string }>()
  const keyOf = ({ contract_id, request }: ExecuteTask) => `${contract_id}/${request.request_id}`

  function find(task: ExecuteTask) {
    const given = answers.get(keyOf(task))
    if (!given || given.requestHash === task.request.request_hash) return given
    throw new Error(`Another request ${task.request.request_id} has been answered`)
  }

  return {
    find,
    keep(task, given) {
      const earlier = find(task)
      if (earlier) return earlier
      answers.set(keyOf(task), { ...given, requestHash: task.request.request_hash })
      const [oldest] = answers.keys()
      if (answers.size > maxRequests && oldest !== undefined) answers.delete(oldest)
      return given
    },
  }
}
