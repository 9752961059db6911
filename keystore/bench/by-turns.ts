/** A measure beside the yardstick, by turns: what slows the machine down meanwhile slows down both. */

/** Microseconds of CPU time that `count` of it took. */
export type Run = (count: number) => Promise<number>

export interface Speeds {
  perSecond: number
  yardstickPerSecond: number
}

/** A service runs for days: what is counted begins once its code is compiled. */
const WARMING = 4_000
const ROUNDS = 20
const COUNT_A_ROUND = 160

/** Of one core's time. */
export async function runByTurns(measured: Run, yardstick: Run): Promise<Speeds> {
  let [own, bare] = [0, 0]
  for (const run of [measured, yardstick]) await run(WARMING)
  for (let round = 0; round < ROUNDS; round += 1) {
    own += await measured(COUNT_A_ROUND)
    bare += await yardstick(COUNT_A_ROUND)
  }
  const perSecond = (microseconds: number) => (ROUNDS * COUNT_A_ROUND * 1e6) / microseconds
  return { perSecond: perSecond(own), yardstickPerSecond: perSecond(bare) }
}

/** Of this process. */
export async function cpuOf(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
