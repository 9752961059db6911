import type { ChaCha20 } from "./chacha20.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { Fuel } from "./fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

/** Making a byte of the stream takes some nanoseconds. */
const FUEL_PER_BYTE = 8

export function randomFunctions(memory: GuestMemory, fuel: Fuel, random: ChaCha20) {
  return {
    random_get(pointer: number, length: number) {
      fuel.pay(length * FUEL_PER_BYTE)
      random.fill(memory.bytes(pointer, length))
      return ERRNO.success
    },
  } satisfies HostFunctions
}
