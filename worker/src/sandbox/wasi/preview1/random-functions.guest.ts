import type { Randomness } from "../randomness.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

export function randomFunctions(memory: GuestMemory, random: Randomness) {
  return {
    random_get(pointer: number, length: number) {
      random.pay(length)
      random.fill(memory.bytes(pointer, length))
      return ERRNO.success
    },
  } satisfies HostFunctions
}
