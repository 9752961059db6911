/** What a guest gives along with a call, looked at in one place: no interface can forget it. */
import type { Fuel } from "../fuel.guest.ts"
import { HostTrap } from "../stop.guest.ts"
import { Resource } from "./resource.guest.ts"

/** Pays 1 for each character, byte and element, before more is done with any. */
export function payForGiven(fuel: Fuel, value: unknown): void {
  if (typeof value === "string") return fuel.pay(value.length)
  if (typeof value !== "object" || value === null) return
  if (ArrayBuffer.isView(value)) return fuel.pay(value.byteLength)
  if (Array.isArray(value)) {
    fuel.pay(value.length)
    for (const one of value as unknown[]) payForGiven(fuel, one)
  } else if (value instanceof Resource) {
    if (!Resource.isReal(value)) throw new HostTrap("a handle of nothing")
  } else {
    // A record's fields, or what a variant's case holds: its name is no text of the guest's.
    for (const [name, one] of Object.entries(value)) if (name !== "tag") payForGiven(fuel, one)
  }
}
