/**
 * What this worker found out itself about sources that do not build. In a TEE the coordinator's word is
 * not enough to end a request: with its own, a worker need not build again what it has just seen fail.
 */
import { blameFor, type FailureCode, repositoryKey } from "@outlayer/protocol/pure"
import type { Build, BuildLimits, Source } from "./build.ts"

/** A machine has better days: whoever asks later gets a build of his own. */
const RECENT_MS = 10 * 60_000
/** Two short texts each. */
const MAX_REMEMBERED = 1_000

interface Failure {
  code: FailureCode
  message: string
}

export interface FailedBuilds {
  /** Undefined where a build under these limits might end otherwise. */
  find(source: Source, limits: BuildLimits): Failure | undefined
  /** Of a build that has just ended; most are nothing to remember. */
  keep(source: Source, limits: BuildLimits, build: Build): void
}

/** `nowMs` is monotonic. */
export function createFailedBuilds({
  nowMs = () => performance.now(),
  maxRemembered = MAX_REMEMBERED,
} = {}): FailedBuilds {
  /** In the order in which they failed. */
  const failures = new Map<string, Failure & { maxCompileMs: number; failedAtMs: number }>()

  return {
    find(source, { maxCompileMs }) {
      const found = failures.get(keyOf(source))
      if (!found || nowMs() - found.failedAtMs >= RECENT_MS) return undefined
      const { code, message } = found
      // More time than it had then may be enough.
      if (code === "compile_timeout" && maxCompileMs > found.maxCompileMs) return undefined
      return { code, message }
    },

    keep(source, { maxCompileMs }, build) {
      if (build.ok || !isOfSources(build.code)) return
      const key = keyOf(source)
      failures.delete(key)
      const { code, message } = build
      failures.set(key, { code, message, maxCompileMs, failedAtMs: nowMs() })
      const [oldest] = failures.keys()
      if (failures.size > maxRemembered && oldest !== undefined) failures.delete(oldest)
    },
  }
}

/** A commit does not change, but its repository does: what that has, or has not, is no matter of a build. */
function isOfSources(code: FailureCode): boolean {
  return blameFor(code) === "request" && !/^(?:repository|commit)_/.test(code)
}

function keyOf({ repo, commit, buildTarget }: Source): string {
  return `${repositoryKey(repo) ?? repo} ${commit.toLowerCase()} ${buildTarget}`
}
