/** What stands around every function and method that a component can call. */
import { FileError } from "../files/file-error.guest.ts"
import { HostTrap, Stop } from "../stop.guest.ts"
import { errorCodeOf } from "./error-code.guest.ts"
import { Failed, HostFault } from "./failed.guest.ts"
import { Resource } from "./resource.guest.ts"

/** By names as the glue has them: functions, and classes for resources. */
export type Interface = Readonly<Record<string, (...values: never[]) => unknown>>

type Call = (this: unknown, ...values: unknown[]) => unknown

export function guardInterface(functions: Interface): Interface {
  return Object.fromEntries(
    Object.entries(functions).map(([name, value]) => [
      name,
      isClass(value) ? guardClass(value) : (guard(value as Call) as Interface[string]),
    ]),
  )
}

function isClass(value: object): value is typeof Resource {
  return value === Resource || Object.prototype.isPrototypeOf.call(Resource, value)
}

const guarded = new WeakSet<object>()

/** In place: objects of the class are made elsewhere. */
function guardClass<Class extends typeof Resource>(Class: Class): Class {
  guardFunctions(Class.prototype, true)
  guardFunctions(Class, false)
  return Class
}

function guardFunctions(owner: object, areMethods: boolean): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    const isOurs = typeof value === "function" && name !== "constructor" && !guarded.has(value)
    if (!isOurs) continue
    const safe = guard(value as Call, areMethods)
    guarded.add(safe)
    Reflect.set(owner, name, safe)
  }
}

function guard(call: Call, isMethod = false): Call {
  return function (...values) {
    if (isMethod) checkReal(this)
    for (const value of values) checkReal(value)
    try {
      return call.apply(this, values)
    } catch (error) {
      if (error instanceof FileError) throw new Failed(errorCodeOf(error.code))
      if (error instanceof Stop || error instanceof HostTrap || error instanceof Failed) throw error
      throw new HostFault("a host function failed", { cause: error })
    }
  }
}

function checkReal(value: unknown): void {
  if (Array.isArray(value)) for (const one of value as unknown[]) checkReal(one)
  else if (value instanceof Resource && !Resource.isReal(value))
    throw new HostTrap("a handle of nothing")
}
