/** WASI preview 1: the whole import module, made of its capabilities. */
import { clockFunctions } from "./clock-functions.guest.ts"
import { contentsFunctions } from "./contents-functions.guest.ts"
import { descriptorFunctions } from "./descriptor-functions.guest.ts"
import { Descriptors } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { FileError } from "../files/file-error.guest.ts"
import { FileSystem } from "../files/file-system.guest.ts"
import { folderFunctions } from "./folder-functions.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import { Fault, type GuestMemory } from "./guest-memory.guest.ts"
import type { Host } from "../host.guest.ts"
import type { HostFunction } from "./host-functions.guest.ts"
import { pathFunctions } from "./path-functions.guest.ts"
import { pollFunctions } from "./poll.guest.ts"
import { processFunctions } from "./process.guest.ts"
import { randomFunctions } from "./random-functions.guest.ts"
import type { Preview1Name } from "./signatures.guest.ts"
import { socketFunctions } from "./socket-functions.guest.ts"

/** All 46 functions, each paid for before it acts. */
export function createPreview1(
  host: Host,
  memory: GuestMemory,
): Record<Preview1Name, (...values: unknown[]) => number> {
  const { fuel, clock, stdin, stdout, stderr } = host
  const files = host.files ?? new FileSystem(fuel, clock)
  const descriptors = new Descriptors(stdin, stdout, stderr, files, host.files !== undefined)
  const functions: Record<Preview1Name, HostFunction> = {
    ...processFunctions(memory, fuel, host.arguments, host.environment),
    ...clockFunctions(memory, clock),
    ...randomFunctions(memory, host.random),
    ...descriptorFunctions(memory, descriptors, files),
    ...contentsFunctions(memory, fuel, descriptors, files),
    ...folderFunctions(memory, fuel, descriptors),
    ...pathFunctions(memory, fuel, descriptors, files),
    ...socketFunctions(descriptors),
    ...pollFunctions(memory, fuel, descriptors, clock),
  }
  return Object.fromEntries(
    Object.entries(functions).map(([name, call]) => [name, guard(call, fuel)]),
  ) as Record<Preview1Name, ReturnType<typeof guard>>
}

function guard(call: HostFunction, fuel: Fuel) {
  return (...values: unknown[]): number => {
    fuel.payCall()
    try {
      return call(...(values.map(unsigned) as never[])) ?? ERRNO.success
    } catch (error) {
      if (error instanceof Fault) return ERRNO.fault
      if (error instanceof FileError) return ERRNO[error.code]
      throw error
    }
  }
}

/** Wasm hands over signed numbers; preview 1 knows only unsigned ones, but for a seek's offset. */
function unsigned(value: unknown): unknown {
  return typeof value === "bigint" ? BigInt.asUintN(64, value as bigint) : Number(value) >>> 0
}
