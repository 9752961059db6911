/** `poll_oneoff`: streams are always ready, and time that a guest would wait passes at once. */
import type { VirtualClock } from "../clock.guest.ts"
import type { Descriptor, Descriptors } from "./descriptors.guest.ts"
import { readClock } from "./clock-functions.guest.ts"
import { ERRNO, type Errno } from "./errno.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"
import { RIGHT } from "./rights.guest.ts"

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const FUEL_PER_SUBSCRIPTION = 100
const MAX_SUBSCRIPTIONS = 1024
/** `eventtype` */
const EVENT = { clock: 0, read: 1, write: 2 } as const
/** `subclockflags`: the timeout is a point in time. */
const ABSOLUTE = 1

interface Subscription {
  userData: bigint
  type: number
  /** From now, of a clock. */
  waitNs?: bigint
  error: Errno
  /** What a read would give. */
  bytes: bigint
}

export function pollFunctions(
  memory: GuestMemory,
  fuel: Fuel,
  descriptors: Descriptors,
  clock: VirtualClock,
) {
  function subscribe(at: number): Subscription {
    const userData = memory.u64(at)
    const type = memory.u8(at + 8)
    const plain = { userData, type, error: ERRNO.success, bytes: 0n }
    if (type === EVENT.clock) {
      const now = readClock(clock, memory.u32(at + 16))
      const timeoutNs = memory.u64(at + 24)
      if (now === undefined) return { ...plain, error: ERRNO.inval }
      const isAbsolute = (memory.u16(at + 40) & ABSOLUTE) !== 0
      return { ...plain, waitNs: isAbsolute ? timeoutNs - now : timeoutNs }
    }
    const descriptor = descriptors.get(memory.u32(at + 16))
    const right = type === EVENT.read ? RIGHT.fd_read : RIGHT.fd_write
    if (type <= EVENT.write && descriptor && (descriptor.rights & right) !== 0n)
      return { ...plain, bytes: type === EVENT.read ? BigInt(availableIn(descriptor)) : 0n }
    return { ...plain, error: type > EVENT.write ? ERRNO.inval : ERRNO.badf }
  }

  function writeEvent(at: number, { userData, error, type, bytes }: Subscription): void {
    memory.bytes(at, EVENT_BYTES).fill(0)
    memory.setU64(at, userData)
    memory.setU16(at + 8, error)
    memory.setU8(at + 10, type)
    memory.setU64(at + 16, bytes)
  }

  return {
    poll_oneoff(subscriptionsAt: number, eventsAt: number, count: number, sizeAt: number) {
      if (count === 0 || count > MAX_SUBSCRIPTIONS) return ERRNO.inval
      fuel.pay(count * FUEL_PER_SUBSCRIPTION)
      // Both lists whole before time moves. They may overlap, so all is read before it is written.
      memory.bytes(subscriptionsAt, count * SUBSCRIPTION_BYTES)
      memory.bytes(eventsAt, count * EVENT_BYTES)
      memory.setU32(sizeAt, 0)
      const all = Array.from({ length: count }, (_, index) =>
        subscribe(subscriptionsAt + index * SUBSCRIPTION_BYTES),
      )

      const waits = all.map(({ waitNs }) => waitNs ?? 0n)
      const shortest = waits.reduce((least, wait) => (wait < least ? wait : least))
      if (shortest > 0n) clock.sleep(shortest)
      const due = all.filter((_, index) => (waits[index] ?? 0n) <= (shortest > 0n ? shortest : 0n))
      for (const [index, event] of due.entries()) writeEvent(eventsAt + index * EVENT_BYTES, event)
      memory.setU32(sizeAt, due.length)
      return ERRNO.success
    },
  } satisfies HostFunctions
}

function availableIn(descriptor: Descriptor): number {
  if (descriptor.kind === "stream") return descriptor.source?.available ?? 0
  if (descriptor.kind === "folder") return 0
  return Math.max(0, descriptor.node.size - descriptor.position)
}
