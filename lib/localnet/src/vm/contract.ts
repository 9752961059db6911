// TypeScript declares WebAssembly with the browser only.
/// <reference lib="dom" />
import { type MeteredModule, meterForNear, ModuleRefused } from "@outlayer/metering"
import type { CallError } from "./call-outcome.ts"
import { linkError } from "./link.ts"
import { debugFields } from "./rust-text.ts"

/** A contract that is ready to be called, or why it never will be: then calls cost nothing but, if unlinked, loading. */
export interface LoadedContract {
  /** Of the original code: loading is paid by the byte. */
  codeLength: number
  program: Program | { refused: CallError }
}

export interface Program {
  module: WebAssembly.Module
  imports: MeteredModule["imports"]
  exports: MeteredModule["exports"]
  indirectCalls: MeteredModule["indirectCalls"]
  unlinked: CallError | undefined
}

/** Compiled modules take megabytes each. */
const CACHED_CONTRACTS = 32

/** Least recently used first. */
const cache = new Map<string, LoadedContract>()

/** Meters and compiles, once for each hash: `codeHash` names the code in whatever form the caller has. */
export function loadContract(code: Uint8Array, codeHash: string): LoadedContract {
  const contract = cache.get(codeHash) ?? prepare(code)
  cache.delete(codeHash)
  cache.set(codeHash, contract)
  const [oldest] = cache.keys()
  if (cache.size > CACHED_CONTRACTS && oldest !== undefined) cache.delete(oldest)
  return contract
}

function prepare(code: Uint8Array): LoadedContract {
  const codeLength = code.length
  try {
    const { bytes, imports, exports, indirectCalls } = meterForNear(code)
    // A copy, whose buffer is its own.
    const module = new WebAssembly.Module(new Uint8Array(bytes))
    const unlinked = linkError(imports)
    return { codeLength, program: { module, imports, exports, indirectCalls, unlinked } }
  } catch (error) {
    return { codeLength, program: { refused: refusal(error) } }
  }
}

/** Rust's `Display` of nearcore's `PrepareError`. */
const PREPARE_ERRORS: Record<string, string> = {
  Deserialization: "Error happened while deserializing the module.",
  FunctionBodyTooLarge: "A function body in the contract exceeds the size limit.",
  Instantiate: "Error happened during instantiation.",
  InstrumentedCodeTooLarge: "The instrumented code exceeds the size limit.",
  Memory: "Error creating memory.",
  OperandStackTooLarge: "A function uses too much operand stack.",
  Serialization: "Error happened while serializing the module.",
  TooManyBlocksPerContract: "Too many basic blocks in the contract.",
  TooManyBlocksPerFunction: "Too many basic blocks in a function.",
  TooManyFunctions: "Too many functions in contract.",
  TooManyLocals: "Too many locals declared in the contract.",
  TooManyParamsPerContract: "Too many function parameters in the contract",
  TooManyParamsPerFunction: "Too many parameters in a function.",
  TooManyTableElements: "Too many table elements declared in the contract.",
  TooManyTables: "Too many tables declared in the contract.",
  TooManyTypes: "Too many type-section entries declared in the contract.",
}

function refusal(error: unknown): CallError {
  const { code, message } = refused(error)
  const kind = "CompilationError"
  const text = PREPARE_ERRORS[code]
  if (text !== undefined) {
    const debug = `CompilationError(PrepareError(${code}))`
    return { kind, name: code, message: `PrepareError: ${text}`, debug }
  }
  const debug = `CompilationError(${code}${debugFields({ msg: message })})`
  return { kind, name: code, message: `Wasmtime compilation error: ${message}`, debug }
}

/** What only V8 finds too large, as a `br_table` of over 65,520 labels, is no reason to stop the chain. */
function refused(error: unknown): { code: string; message: string } {
  if (error instanceof ModuleRefused) return error
  if (!(error instanceof WebAssembly.CompileError)) throw error
  return { code: "WasmtimeCompileError", message: error.message }
}
