/** Timers over WASI's monotonic clock: when nothing else is left to do, the guest sleeps. */
import clock from "wasi:clocks/monotonic-clock@0.2.6"
import { runJobs } from "./promise.ts"
import { requireRun } from "./stage.ts"

interface Timer {
  id: number
  /** In nanoseconds of the clock. */
  due: number
  /** In milliseconds; undefined for what fires once. */
  every: number | undefined
  run: () => void
}

const timers = new Map<number, Timer>()
let lastId = 0

type Callback = (...args: unknown[]) => void

export function setTimer(run: Callback, ms = 0, ...args: unknown[]): number {
  return add(() => run(...args), ms, undefined)
}

export function setRepeatingTimer(run: Callback, ms = 0, ...args: unknown[]): number {
  return add(() => run(...args), ms, ms)
}

export function clearTimer(id?: number): void {
  if (id !== undefined) timers.delete(id)
}

/** Jobs and timers in turn until `isDone`, or until there are none. */
export function runUntil(isDone: () => boolean): void {
  runJobs()
  while (!isDone()) {
    const next = first()
    if (next === undefined) return
    const wait = next.due - clock.now()
    if (wait > 0) clock.subscribeDuration(wait).block()
    if (next.every === undefined) timers.delete(next.id)
    else next.due = clock.now() + nanoseconds(next.every)
    next.run()
    runJobs()
  }
}

function add(run: () => void, ms: number, every: number | undefined): number {
  requireRun("A timer")
  lastId += 1
  timers.set(lastId, { id: lastId, due: clock.now() + nanoseconds(ms), every, run })
  return lastId
}

/** The earliest; of two at the same time, the one that was set first. */
function first(): Timer | undefined {
  let earliest: Timer | undefined
  for (const timer of timers.values()) {
    if (earliest === undefined || timer.due < earliest.due) earliest = timer
  }
  return earliest
}

/** As browsers do: whole milliseconds, at least one for what repeats for ever. */
function nanoseconds(ms: number): number {
  return Math.max(1, Math.trunc(Number(ms)) || 0) * 1e6
}
