/**
 * Challenges: open → taken, or open → forgotten after a minute. Taking one removes it in the same
 * step, so of two who present it at once exactly one has it.
 */
import { randomBytes, randomUUID } from "node:crypto"
import { OutlayerError } from "@outlayer/protocol"

export const CHALLENGE_SECONDS = 60
const MAX_OPEN = 4_096
/** Of one worker, so that one cannot take all the room. */
const MAX_OPEN_OF_KEY = 8

export interface Challenge {
  id: string
  /** 32 bytes, hex. */
  nonce: string
  workerKey: string
  expiresAtMs: number
}

export type Challenges = ReturnType<typeof createChallenges>

/** `nowMs` is monotonic: nobody sets that clock. */
export function createChallenges(nowMs: () => number = () => performance.now()) {
  const open = new Map<string, Challenge>()

  return {
    /** Throws `rate_limited`. */
    draw(workerKey: string): Challenge {
      forgetExpired()
      const own = [...open.values()].filter((one) => one.workerKey === workerKey).length
      if (open.size >= MAX_OPEN || own >= MAX_OPEN_OF_KEY) {
        throw new OutlayerError("rate_limited", "Too many open challenges; they last a minute")
      }
      const challenge = {
        id: randomUUID(),
        nonce: randomBytes(32).toString("hex"),
        workerKey,
        expiresAtMs: nowMs() + CHALLENGE_SECONDS * 1_000,
      }
      open.set(challenge.id, challenge)
      return challenge
    },

    /** Throws `challenge_invalid`. Whatever comes of it, it is used. */
    take(id: string, workerKey: string): Challenge {
      const challenge = open.get(id)
      open.delete(id)
      if (!challenge || challenge.expiresAtMs <= nowMs() || challenge.workerKey !== workerKey) {
        throw new OutlayerError("challenge_invalid", `Challenge ${id} is not open for this key`)
      }
      return challenge
    },
  }

  /** They were drawn in the order in which they expire. */
  function forgetExpired(): void {
    for (const [id, { expiresAtMs }] of open) {
      if (expiresAtMs > nowMs()) return
      open.delete(id)
    }
  }
}
