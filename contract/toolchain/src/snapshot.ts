// Runs the engine's start in Node and writes the memory that it leaves into the contract: on chain a call begins
// where starting has ended. QuickJS starts the same way everywhere, for nothing outside is asked while it does.
import { createContract } from "./contract-wasm.ts"

export interface ContractParts {
  readonly engine: Uint8Array
  readonly bytecode: Uint8Array
  readonly lineTable: Uint8Array
  /** What the entry file exports: its functions become methods, in this order. */
  readonly exports: readonly string[]
}

interface EngineExports {
  memory: WebAssembly.Memory
  create(): void
  allocate(size: number): number
  start(bytecode: number, length: number, lineTable: number): number
  method(name: number): number
  settle(): void
}

export function snapshotContract(parts: ContractParts): Uint8Array {
  const module = new WebAssembly.Module(new Uint8Array(parts.engine))
  const instance = new WebAssembly.Instance(module, { env: refusingHost(module) })
  const engine = instance.exports as unknown as EngineExports // contract.c
  const { memory } = engine
  const put = (bytes: Uint8Array) => {
    const address = engine.allocate(bytes.length)
    new Uint8Array(memory.buffer).set(bytes, address)
    return address
  }

  engine.create()
  const failed = engine.start(put(parts.bytecode), parts.bytecode.length, put(parts.lineTable))
  if (failed !== 0)
    throw new Error(`the contract fails while it loads: ${readText(memory, failed)}`)
  const methods = parts.exports.filter((name) => engine.method(put(Buffer.from(`${name}\0`))) >= 0)
  engine.settle()
  const image = new Uint8Array(memory.buffer)
  return createContract(parts.engine, image, methods)
}

/** While a contract loads there is no chain to ask. */
function refusingHost(module: WebAssembly.Module): Record<string, () => never> {
  const names = WebAssembly.Module.imports(module).map(({ name }) => name)
  const refuse = (name: string) => () => {
    throw new Error(`the contract calls ${name} while it loads: only its methods may`)
  }
  return Object.fromEntries(names.map((name) => [name, refuse(name)]))
}

function readText(memory: WebAssembly.Memory, address: number): string {
  const bytes = new Uint8Array(memory.buffer, address)
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString()
}
