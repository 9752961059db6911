/** What stands around every function and method that a component can call. */
import { FileError } from "../files/file-error.guest.ts"
import { HostTrap, Stop } from "../stop.guest.ts"
import { errorCodeOf } from "./error-code.guest.ts"
import { Failed, HostFault } from "./failed.guest.ts"
import { payForGiven } from "./given.guest.ts"
import { type Live, Resource } from "./resource.guest.ts"

/** By names as the glue has them: functions, and classes for resources. */
export type Interface = Readonly<Record<string, (...values: never[]) => unknown>>

type Call = (this: unknown, ...values: unknown[]) => unknown

export function guardInterface(functions: Interface, live: Live): Interface {
  return Object.fromEntries(
    Object.entries(functions).map(([name, value]) => [
      name,
      isClass(value) ? guardClass(value, live) : (guard(value as Call, live) as Interface[string]),
    ]),
  )
}

function isClass(value: object): value is typeof Resource {
  return value === Resource || Object.prototype.isPrototypeOf.call(Resource, value)
}

const guarded = new WeakSet<object>()

/** In place: objects of the class are made elsewhere. */
function guardClass<Class extends typeof Resource>(Class: Class, live: Live): Class {
  guardFunctions(Class.prototype)
  guardFunctions(Class, live)
  return Class
}

/** Methods find by themselves whose they are: a class may outlive a guest, in tests. */
function guardFunctions(owner: object, live?: Live): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    const isOurs = typeof value === "function" && name !== "constructor" && !guarded.has(value)
    if (!isOurs) continue
    const safe = guard(value as Call, live)
    guarded.add(safe)
    Reflect.set(owner, name, safe)
  }
}

function guard(call: Call, live?: Live): Call {
  return function (...values) {
    const served = live ?? liveOf(this)
    if (served.isServing) return call.apply(this, values)
    served.isServing = true
    try {
      for (const value of values) payForGiven(served.fuel, value)
      return call.apply(this, values)
    } catch (error) {
      if (error instanceof FileError) throw new Failed(errorCodeOf(error.code))
      if (error instanceof Stop || error instanceof HostTrap || error instanceof Failed) throw error
      throw new HostFault("a host function failed", { cause: error })
    } finally {
      served.isServing = false
    }
  }
}

function liveOf(self: unknown): Live {
  if (self instanceof Resource && Resource.isReal(self)) return Resource.liveOf(self)
  throw new HostTrap("a handle of nothing")
}
