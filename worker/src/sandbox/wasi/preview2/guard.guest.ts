/** What stands around every function and method that a component can call. */
import { FileError } from "../files/file-error.guest.ts"
import { HostTrap, isAllocationFailure, Stop } from "../stop.guest.ts"
import { errorCodeOf } from "./error-code.guest.ts"
import { Failed, HostFault } from "./failed.guest.ts"
import { type Classes, isGiven, type Shape } from "./given.guest.ts"
import { PARAMETERS } from "./parameters.guest.ts"
import { type Live, Resource } from "./resource.guest.ts"

/** By names as the glue has them: functions, and classes for resources. */
export type Interface = Readonly<Record<string, (...values: never[]) => unknown>>

type Call = (this: unknown, ...values: unknown[]) => unknown

/** By name of the interface, without a version. */
export function guardInterfaces(
  interfaces: Readonly<Record<string, Interface>>,
  live: Live,
): Record<string, Interface> {
  const members = Object.values(interfaces).flatMap((functions) => Object.entries(functions))
  const classes: Classes = new Map(
    members.flatMap(([name, value]) => (isClass(value) ? [[name, value]] : [])),
  )
  const guardMember = (shapes: Readonly<Record<string, readonly Shape[]>>) =>
    function ([name, value]: [string, Interface[string]]): [string, Interface[string]] {
      const guardCall = (place: string, call: Call, own?: Live) =>
        guard(call, Object.hasOwn(shapes, place) ? shapes[place] : undefined, classes, own)
      if (!isClass(value)) return [name, guardCall(name, value as Call, live) as Interface[string]]
      guardFunctions(value.prototype, (method, call) => guardCall(`${name}.${method}`, call))
      guardFunctions(value, (method, call) => guardCall(`${name}.${method}`, call, live))
      return [name, value]
    }
  return Object.fromEntries(
    Object.entries(interfaces).map(([name, functions]) => [
      name,
      Object.fromEntries(Object.entries(functions).map(guardMember(PARAMETERS[name] ?? {}))),
    ]),
  )
}

function isClass(value: object): value is typeof Resource & Interface[string] {
  return value === Resource || Object.prototype.isPrototypeOf.call(Resource, value)
}

const guarded = new WeakSet<object>()

/** In place: objects of the class are made elsewhere. */
function guardFunctions(owner: object, guardCall: (method: string, call: Call) => Call): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    const isOurs = typeof value === "function" && name !== "constructor" && !guarded.has(value)
    if (!isOurs) continue
    const safe = guardCall(name, value as Call)
    guarded.add(safe)
    Reflect.set(owner, name, safe)
  }
}

/** Methods find by themselves whose they are: a class may outlive a guest, in tests. */
function guard(call: Call, shapes: readonly Shape[] | undefined, classes: Classes, live?: Live) {
  return function (this: unknown, ...values: unknown[]): unknown {
    const served = live ?? liveOf(this)
    if (served.isServing) return call.apply(this, values)
    if (!shapes || !isGiven(shapes, values, classes)) throw new HostTrap("a call that WASI has not")
    served.isServing = true
    try {
      return call.apply(this, values)
    } catch (error) {
      if (error instanceof FileError) throw new Failed(errorCodeOf(error.code))
      if (error instanceof Stop || error instanceof HostTrap || error instanceof Failed) throw error
      if (isAllocationFailure(error)) throw error
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
