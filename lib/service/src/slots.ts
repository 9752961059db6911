/** At most so many at a time; who comes later waits for his turn, in order. */
export interface Slots {
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async run(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // Handed on, so that nobody who comes just now goes first.
        const next = waiting.shift()
        if (next) next()
        else free += 1
      }
    },
  }
}
