/** How a host function is written: it answers with an error number, or leaves the guest. */
import type { Errno } from "./errno.guest.ts"

/**
 * Pointers, lengths and descriptors come unsigned, 64-bit values as bigint: so every parameter is
 * one or the other, which a type of all functions cannot say.
 */
export type HostFunction = (...values: never[]) => Errno | void

export type HostFunctions = Record<string, HostFunction>
