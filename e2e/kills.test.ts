/**
 * The worker is killed at moments that its log shows, and at random ones. Whatever it was doing,
 * the request is settled once. 20 rounds; `KILLS=200 npm run -s test:kills` is the long run.
 */
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const test = story({ coordinatorEnv: { TASK_LEASE_SECONDS: "2" } })
const ROUNDS = Number(process.env["KILLS"] ?? 20)
/** What a worker says right before, or right after, it may matter. */
const MOMENTS = [
  "request seen",
  "compile started",
  "compile done",
  "execution started",
  "guest ended",
  "settlement signed",
] as const

test(
  `of ${ROUNDS} requests whose worker is killed, each is settled once`,
  { timeout: ROUNDS * 20_000 + 60_000 },
  async ({ system }) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const repo = await system.publishGuest("probe", `probe-${round}`, String(round))
      const size = Math.floor(Math.random() * 2_000)
      const asked = system.ask(`text ${size}`, { repo })

      await untilMoment(system, round)
      await system.workers.at(-1)?.crash()
      await system.addWorker({ ENABLE_EVENT_MONITOR: "true" })

      const answer = await asked
      expect(answer.value).toBe("a".repeat(size))
      await system.expectSettledOnce()
    }
  },
)

/** Every other round kills at a moment of the log, the others some milliseconds after the start. */
async function untilMoment(system: System, round: number): Promise<void> {
  const from = system.logs.length
  const moment = MOMENTS[(round >> 1) % MOMENTS.length]
  const isDue =
    round % 2 === 0
      ? () => system.logs.slice(from).some((line) => line.msg === moment)
      : after(Math.random() * 3_000)
  await expect.poll(isDue, { timeout: 20_000, interval: 1 }).toBe(true)
}

function after(ms: number): () => boolean {
  const due = Date.now() + ms
  return () => Date.now() >= due
}
