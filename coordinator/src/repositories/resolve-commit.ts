/** Which commit a request's branch, tag or short hash means, as an answer that a task can carry. */
import type { Failure } from "@outlayer/protocol"
import { type Git, RepositoryError } from "@outlayer/git"
import { failure } from "../tasks/entry.ts"

type Resolution = { commit: string } | { failure: Failure }

/** `repo` and `commit` as the request spells them; the answer is a full hash in lower case. */
export type ResolveCommit = (repo: string, commit: string) => Promise<Resolution>

/** So long one answer serves all who ask the same: a flood asks the host once. */
const REMEMBER_MS = 5_000
/** The request has two minutes in all. */
const TIMEOUT_MS = 30_000

export function createCommitResolver(git: Pick<Git, "resolveCommit">): ResolveCommit {
  const answers = new Map<string, Promise<Resolution>>()
  return async (repo, commit) => {
    const question = `${repo} ${commit}`
    const known = answers.get(question)
    if (known) return known
    const answer = ask(git, repo, commit)
    answers.set(question, answer)
    const forget = () => setTimeout(() => answers.delete(question), REMEMBER_MS).unref()
    answer.then(forget, forget)
    return answer
  }
}

async function ask(git: Pick<Git, "resolveCommit">, repo: string, commit: string) {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return { commit: await git.resolveCommit(repo, commit, signal) }
  } catch (error) {
    if (error instanceof RepositoryError) {
      return { failure: failure(error.code, error.message) }
    }
    if (!signal.aborted) throw error
    const message = `The repository did not answer within ${TIMEOUT_MS / 1_000} s`
    return { failure: failure("repository_unreachable", message) }
  }
}
