/** The queue in this process: for a system on one machine, and as the slow obvious twin of Redis. */
import type { Capability } from "@outlayer/protocol"
import type { QueueEntry, TaskQueue } from "./queue.ts"

interface Line {
  /** When the sender came to the end of this ring. */
  turn: number
  ids: Set<string>
}

export function createMemoryQueue(): TaskQueue {
  const rings: Record<Capability, Map<string, Line>> = { compile: new Map(), execute: new Map() }
  const listeners: ((capability: Capability) => void)[] = []
  let turns = 0

  return {
    name: "memory",

    async push(entries) {
      for (const entry of entries)
        if (enter(entry)) listeners.forEach((tell) => tell(entry.capability))
    },

    async pop(capabilities) {
      // Maps keep the order of insertion, and a sender that is served is inserted anew.
      const heads = capabilities.flatMap((name) => {
        const head = rings[name].entries().next()
        return head.done ? [] : [head.value]
      })
      const [next] = heads.toSorted(([, one], [, other]) => one.turn - other.turn)
      if (!next) return undefined
      const [sender, line] = next
      const [id] = line.ids
      if (id !== undefined) line.ids.delete(id)
      for (const ring of Object.values(rings)) moveToEnd(ring, sender)
      return id
    },

    async size(capability) {
      return [...rings[capability].values()].reduce((sum, { ids }) => sum + ids.size, 0)
    },

    onPush: (listener) => void listeners.push(listener),

    async [Symbol.asyncDispose]() {},
  }

  function enter({ capability, sender, id }: QueueEntry): boolean {
    const ring = rings[capability]
    const line = ring.get(sender) ?? { turn: ++turns, ids: new Set() }
    ring.set(sender, line)
    const isNew = !line.ids.has(id)
    line.ids.add(id)
    return isNew
  }

  function moveToEnd(ring: Map<string, Line>, sender: string): void {
    const line = ring.get(sender)
    if (!line) return
    ring.delete(sender)
    if (line.ids.size > 0) ring.set(sender, { turn: ++turns, ids: line.ids })
  }
}
