import { COUNTERS, NEAR_MEMORY } from "@outlayer/metering"
import type { CallContext } from "./call-context.ts"
import type { CallError, CallOutcome } from "./call-outcome.ts"
import { Call } from "./call.ts"
import type { LoadedContract, Program } from "./contract.ts"
import { HostError } from "./host-error.ts"
import { bindHostFunction, HOST_FUNCTIONS } from "./host-functions.ts"
import { MemoryPool } from "./memory-pool.ts"
import { LIMITS } from "./parameters.ts"
import { trapError } from "./trap.ts"
import type { World } from "./world.ts"

const memories = new MemoryPool()

/**
 * Runs one method to its end. A contract that fails is a normal outcome; what is thrown is a fault of ours, or JavaScript's stack being
 * too small for NEAR's 262,144 bytes: Node's default of 984 KB is twice what any shape of frame was found to need.
 */
export function callContract(
  contract: LoadedContract,
  method: string,
  context: CallContext,
  world: World,
): CallOutcome {
  const memory = memories.take()
  const call = new Call(context, world, memory)
  const error = run(call, contract, method, memory)
  memories.give(memory)
  return call.outcome(error)
}

/** In nearcore's order: what fails before loading, or for want of the method, costs nothing. */
function run(
  call: Call,
  { codeLength, program }: LoadedContract,
  method: string,
  memory: WebAssembly.Memory,
): CallError | undefined {
  if (method === "") return methodError("MethodEmptyName")
  if ("refused" in program) return program.refused
  try {
    call.gas.payPer("contract_loading_bytes", codeLength)
    call.gas.payBase("contract_loading_base")
  } catch {
    // Whichever limit it was.
    return new HostError("GasExceeded").callError
  }
  if (program.unlinked !== undefined) return program.unlinked
  const unresolved = resolve(program, method)
  if (unresolved !== undefined) {
    call.gas.refundAll()
    return unresolved
  }
  return execute(call, program, method, memory)
}

function execute(
  call: Call,
  program: Program,
  method: string,
  memory: WebAssembly.Memory,
): CallError | undefined {
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, LIMITS.max_stack_height)
  call.gas.leave()
  let instance: WebAssembly.Instance | undefined
  try {
    instance = new WebAssembly.Instance(program.module, {
      env: hostImports(call, program),
      [COUNTERS.module]: {
        [COUNTERS.fuel]: call.gas.fuel,
        [COUNTERS.stack]: stack,
        [NEAR_MEMORY.memory]: memory,
      },
    })
    const run = instance.exports[method]
    if (typeof run !== "function") throw new Error(`method ${method} was resolved but is not there`)
    run()
    call.gas.enter()
    return undefined
  } catch (error) {
    return failure(call, stack, error, calledNull(program, instance))
  }
}

function hostImports(call: Call, { imports }: Program): WebAssembly.ModuleImports {
  const bound: WebAssembly.ModuleImports = {}
  for (const { name } of imports) {
    const hostFunction = HOST_FUNCTIONS.get(name)
    if (hostFunction !== undefined) bound[name] = bindHostFunction(hostFunction, call)
  }
  return bound
}

function resolve({ exports }: Program, method: string): CallError | undefined {
  const exported = exports.find(({ name, kind }) => name === method && kind === "function")
  if (exported?.type === undefined) return methodError("MethodNotFound")
  const { params, results } = exported.type
  const isMethod = params.length === 0 && results.length === 0
  return isMethod ? undefined : methodError("MethodInvalidSignature")
}

/** A host function's error, a counter below zero, or a trap. */
function failure(
  call: Call,
  stack: WebAssembly.Global,
  error: unknown,
  isNull: () => boolean,
): CallError {
  if (error instanceof HostError) return error.callError
  const trap = trapError(error, isNull)
  if (trap === undefined) throw error
  try {
    call.gas.enter()
  } catch (spent) {
    if (spent instanceof HostError) return spent.callError
    throw spent
  }
  if (stack.value < 0) return new HostError("MemoryAccessViolation").callError
  return trap
}

/** Whether the last indirect call found nothing. Not known of a start function's. */
function calledNull({ indirectCalls }: Program, instance: WebAssembly.Instance | undefined) {
  return (): boolean => {
    if (indirectCalls === undefined || instance === undefined) return false
    const { exports } = instance
    const called = exports[indirectCalls.called] as WebAssembly.Global<"i32">
    const table = exports[indirectCalls.table] as WebAssembly.Table
    return table.get(called.value >>> 0) === null
  }
}

function methodError(name: string): CallError {
  return { kind: "MethodResolveError", name, message: name, debug: `MethodResolveError(${name})` }
}
