/** The queue of task ids: who is next. What a task is, and whether it may run, Postgres says. */
import type { Capability } from "@outlayer/protocol"

export interface QueueEntry {
  capability: Capability
  /** Whose turn it takes. */
  sender: string
  id: string
}

/**
 * Round robin over senders. Each capability has a ring of the senders that wait for it; a sender
 * goes to the end of every ring when one of its tasks is taken, and enters a ring at its end. So
 * a flood from one sender delays another's task by one task at most, whatever a worker can do.
 */
export interface TaskQueue extends AsyncDisposable {
  /** For logs: "redis" or "memory". */
  readonly name: string
  /** Entering what is there already changes nothing. */
  push(entries: readonly QueueEntry[]): Promise<void>
  /** The id whose turn it is among these capabilities, which is taken out; undefined when none. */
  pop(capabilities: readonly Capability[]): Promise<string | undefined>
  size(capability: Capability): Promise<number>
  /** `listener` hears of pushes, of other processes too, and may miss some. */
  onPush(listener: (capability: Capability) => void): void
}
