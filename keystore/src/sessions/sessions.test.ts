import { describe, expect, test } from "vitest"
import { createChallenges } from "./challenges.ts"
import { createSessions } from "./sessions.ts"

function clock() {
  const time = { nowMs: 5 }
  return { time, now: () => time.nowMs }
}

describe("a challenge", () => {
  test("lasts a minute", () => {
    const { time, now } = clock()
    const challenges = createChallenges(now)
    const [first, second] = [challenges.draw("key"), challenges.draw("key")]

    time.nowMs += 59_999
    expect(challenges.take(first.id, "key")).toBe(first)
    time.nowMs += 1
    expect(() => challenges.take(second.id, "key")).toThrow("is not open")
  })

  test("leaves room for others when one worker draws without end", () => {
    const { time, now } = clock()
    const challenges = createChallenges(now)
    for (let drawn = 0; drawn < 8; drawn += 1) challenges.draw("greedy")

    expect(() => challenges.draw("greedy")).toThrow("Too many open challenges")
    expect(challenges.draw("modest").nonce).toMatch(/^[0-9a-f]{64}$/)
    time.nowMs += 60_000
    expect(challenges.draw("greedy").workerKey).toBe("greedy")
  })
})

describe("a session", () => {
  const facts = (workerKey: string) => ({
    workerKey,
    measurement: "m",
    verify: () => true,
    expiresAtNs: 0n,
  })

  test("lasts a quarter of an hour by this process's own clock", () => {
    const { time, now } = clock()
    const sessions = createSessions(now)
    const { id } = sessions.open(facts("key"))

    time.nowMs += 15 * 60_000 - 1
    expect(sessions.find(id).id).toBe(id)
    time.nowMs += 1
    expect(() => sessions.find(id)).toThrow("begin with a challenge")
    expect(sessions.size).toBe(0)
  })

  test("has an id that nobody guesses, and one per worker", () => {
    const sessions = createSessions(clock().now)
    const ids = ["a", "b", "a"].map((key) => sessions.open(facts(key)).id)

    expect(new Set(ids).size).toBe(3)
    expect(sessions.size).toBe(2)
    expect(() => sessions.find(ids[0] ?? "")).toThrow("No such session")
  })
})
