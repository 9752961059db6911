/**
 * Workers are killed at moments that their log shows, and at random ones. Whatever they were doing,
 * each request is settled once. 20 rounds; `npm run -s test:kills` has 200.
 */
import type { Stack } from "@outlayer/stack"
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const watching = { ENABLE_EVENT_MONITOR: "true" }
const test = story({
  workers: 2,
  workerEnv: watching,
  coordinatorEnv: { TASK_LEASE_SECONDS: "2" },
})
const ROUNDS = Number(process.env["KILLS"] ?? 20)
/** Some are still being made good while the next is on its way: leases take seconds to expire. */
const IN_FLIGHT = 3
type Workers = Stack["workers"]
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
  { timeout: ROUNDS * 60_000 },
  async ({ system }) => {
    const answered: Promise<void>[] = []
    const alive = [...system.workers]
    await system.ask("text 1")
    for (let round = 0; round < ROUNDS; round += 1) {
      await answered[round - IN_FLIGHT]
      const moment = MOMENTS[(round >> 1) % MOMENTS.length]
      // Else a commit that nobody has compiled.
      const isCompiled = !moment?.startsWith("compile")
      const repo = isCompiled
        ? system.repositories.addressOf("probe")
        : await system.publishGuest("probe", `probe-${round}`, String(round))
      const size = Math.floor(Math.random() * 2_000)
      const from = system.logs.length
      const answer = system.ask(`text ${size}`, { repo })
      answered.push(answer.then(({ value }) => expect(value).toBe("a".repeat(size))))

      const victim = await (round % 2 === 0
        ? untilMoment(system, from, moment, alive)
        : untilAnyTime(alive, isCompiled ? 400 : 3_000))
      await victim.crash()
      alive.splice(alive.indexOf(victim), 1, await system.addWorker())
    }
    await Promise.all(answered)
    await system.expectSettledOnce()
  },
)

/** The worker that says so first. */
async function untilMoment(
  { logs }: System,
  from: number,
  moment: string | undefined,
  alive: Workers,
): Promise<Workers[number]> {
  const find = () => {
    const names = logs.slice(from).flatMap(({ msg, worker }) => (msg === moment ? [worker] : []))
    return alive.find(({ name }) => names.includes(name))
  }
  await expect.poll(find, { interval: 1 }).toBeDefined()
  return find() ?? pick(alive)
}

/** Whoever, some milliseconds later. */
async function untilAnyTime(alive: Workers, withinMs: number): Promise<Workers[number]> {
  const due = Date.now() + Math.random() * withinMs
  await expect.poll(() => Date.now() >= due, { interval: 1 }).toBe(true)
  return pick(alive)
}

function pick(alive: Workers): Workers[number] {
  const picked = alive[Math.floor(Math.random() * alive.length)]
  if (!picked) throw new Error("No worker lives")
  return picked
}
