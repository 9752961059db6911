import {
  callContract,
  type CallContext,
  type CallOutcome,
  loadContract,
  type World,
} from "../vm/vm.ts"

export function runContract(
  code: Uint8Array,
  codeHash: Uint8Array,
  method: string,
  context: CallContext,
  world: World,
): CallOutcome {
  const contract = loadContract(code, Buffer.from(codeHash).toString("hex"))
  return callContract(contract, method, context, world)
}
