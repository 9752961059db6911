/** Open sessions, in memory alone: a restart ends them all. */
import { randomBytes } from "node:crypto"
import { OutlayerError } from "@outlayer/protocol"

export const SESSION_SECONDS = 15 * 60
const MAX_OPEN = 1_024

export interface Session {
  id: string
  workerKey: string
  /** The approved measurement that its quote showed. */
  measurement: string
  verify: (bytes: Uint8Array, signature: Uint8Array) => boolean
  /** Block time. */
  expiresAtNs: bigint
  /** The number of the last question. */
  lastSequence: number
  /** How many of its questions are being answered now. */
  answering: number
}

export type Sessions = ReturnType<typeof createSessions>

/** `nowMs` is monotonic: a chain that stands still does not lengthen a session. */
export function createSessions(nowMs: () => number = () => performance.now()) {
  const open = new Map<string, { session: Session; endsAtMs: number }>()

  return {
    get size() {
      return open.size
    },

    /** A worker's new session ends its older one. */
    open(facts: Omit<Session, "id" | "lastSequence" | "answering">): Session {
      for (const [id, { session, endsAtMs }] of open) {
        if (session.workerKey === facts.workerKey || endsAtMs <= nowMs()) open.delete(id)
      }
      if (open.size >= MAX_OPEN) throw new OutlayerError("rate_limited", "Too many open sessions")
      const id = randomBytes(32).toString("hex")
      const session = { ...facts, id, lastSequence: -1, answering: 0 }
      open.set(session.id, { session, endsAtMs: nowMs() + SESSION_SECONDS * 1_000 })
      return session
    },

    /** Throws `session_invalid`. */
    find(id: string): Session {
      const found = open.get(id)
      if (!found || found.endsAtMs <= nowMs()) {
        open.delete(id)
        throw new OutlayerError("session_invalid", "No such session: begin with a challenge")
      }
      return found.session
    },

    close(id: string): void {
      open.delete(id)
    },
  }
}
