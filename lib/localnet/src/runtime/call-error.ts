import type { CallError } from "../vm/vm.ts"

/** nearcore's `FunctionCallError` as the RPC shows it. */
export function callErrorView({ kind, name, message }: CallError): unknown {
  switch (kind) {
    case "CompilationError":
      if (name === "WasmtimeCompileError") return { CompilationError: { [name]: { msg: message } } }
      return { CompilationError: { PrepareError: name } }
    case "MethodResolveError":
      return { MethodResolveError: name }
    case "LinkError":
      return { ExecutionError: `Link Error: ${message}` }
    case "LoadingError":
      return { ExecutionError: `Loading Error: ${message}` }
    case "WasmTrap":
    case "HostError":
      return { ExecutionError: message }
  }
}

export function noCodeError(accountId: string) {
  return { CompilationError: { CodeDoesNotExist: { account_id: accountId } } }
}
