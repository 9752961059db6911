import { type Call, U64_MAX } from "./call.ts"
import {
  payDeposit,
  payForFunctionCall,
  pushFunctionCall,
  readMethodName,
} from "./function-call-action.ts"
import { HostError, lengthExceeded } from "./host-error.ts"
import { type HostFunctions, returnsI32, returnsI64 } from "./host-function.ts"
import { LIMITS } from "./parameters.ts"
import { payForReceipt } from "./promise-functions.ts"

const ID_BYTES = 32

/** Callbacks of the contract itself that wait for data which it sends later. */
export const yieldFunctions: HostFunctions = {
  promise_yield_create: returnsI64(7, yieldCreate),
  promise_yield_create_with_id: returnsI64(9, yieldCreateWithId),
  promise_yield_resume: returnsI32(4, yieldResume),
  promise_yield_resume_with_yield_id: returnsI32(4, yieldResumeWithId),
}

function yieldCreate(
  call: Call,
  methodLength: bigint,
  methodPointer: bigint,
  argsLength: bigint,
  argsPointer: bigint,
  gas: bigint,
  gasWeight: bigint,
  register: bigint,
): bigint {
  call.startOutsideViews("promise_yield_create")
  call.gas.payBase("yield_create_base")
  const method = readMethodName(call, methodPointer, methodLength)
  const args = call.read(argsPointer, argsLength)
  call.gas.payPer("yield_create_byte", method.length + args.length)
  const { index, dataId } = createYield(call, undefined, method, args, gas, gasWeight, 0n)
  call.registers.write(register, dataId)
  return index
}

/** Returns 2^64 - 1, and creates nothing, while the contract's own id is taken. */
function yieldCreateWithId(
  call: Call,
  methodLength: bigint,
  methodPointer: bigint,
  argsLength: bigint,
  argsPointer: bigint,
  amountPointer: bigint,
  gas: bigint,
  gasWeight: bigint,
  idLength: bigint,
  idPointer: bigint,
): bigint {
  call.startOutsideViews("promise_yield_create_with_id")
  call.gas.payBase("yield_create_with_id_base")
  const deposit = call.memory.readU128(amountPointer)
  const method = readMethodName(call, methodPointer, methodLength)
  const args = call.read(argsPointer, argsLength)
  const yieldId = call.read(idPointer, idLength)
  if (yieldId.length !== ID_BYTES) throw new HostError("YieldIdMalformed")
  call.gas.payPer("yield_create_byte", method.length + args.length)
  if (findDataId(call, yieldId) !== undefined) return U64_MAX
  return createYield(call, yieldId, method, args, gas, gasWeight, deposit).index
}

function createYield(
  call: Call,
  yieldId: Uint8Array | undefined,
  method: Uint8Array,
  args: Uint8Array,
  gas: bigint,
  gasWeight: bigint,
  deposit: bigint,
): { index: bigint; dataId: Uint8Array } {
  call.gas.promise(gas)
  payForReceipt(call, true, [true])
  const { index, dataId } = call.promises.createYield(call.context.currentAccountId, yieldId)
  payForFunctionCall(call, method.length + args.length, true)
  payDeposit(call, deposit)
  const receipt = call.promises.receiptToAppendTo(index)
  pushFunctionCall(call, receipt, { method, args, gas, gasWeight, deposit })
  return { index, dataId }
}

function yieldResume(
  call: Call,
  idLength: bigint,
  idPointer: bigint,
  payloadLength: bigint,
  payloadPointer: bigint,
): number {
  // The name is an older one of the function's.
  call.startOutsideViews("promise_submit_data")
  const { id, payload } = readResume(call, idPointer, idLength, payloadPointer, payloadLength)
  if (id.length !== ID_BYTES) throw new HostError("DataIdMalformed")
  if (!isMadeHere(call, id) && !call.world.isYieldPending(id)) return 0
  call.resumes.push({ dataId: id, payload })
  return 1
}

function yieldResumeWithId(
  call: Call,
  idLength: bigint,
  idPointer: bigint,
  payloadLength: bigint,
  payloadPointer: bigint,
): number {
  call.startOutsideViews("promise_yield_resume_with_yield_id")
  const { id, payload } = readResume(call, idPointer, idLength, payloadPointer, payloadLength)
  if (id.length !== ID_BYTES) throw new HostError("YieldIdMalformed")
  const dataId = findDataId(call, id)
  if (dataId === undefined) return 0
  call.resumes.push({ dataId, payload })
  return 1
}

/** Bytes are paid by the length argument, so that a payload cannot come from a register. */
function readResume(
  call: Call,
  idPointer: bigint,
  idLength: bigint,
  payloadPointer: bigint,
  payloadLength: bigint,
): { id: Uint8Array; payload: Uint8Array } {
  call.gas.payBase("yield_resume_base")
  call.gas.payPer("yield_resume_byte", payloadLength)
  const id = call.read(idPointer, idLength)
  const payload = call.read(payloadPointer, payloadLength)
  if (payload.length > LIMITS.max_yield_payload_size) {
    throw lengthExceeded("YieldPayloadLength", payload.length, "max_yield_payload_size")
  }
  return { id, payload }
}

function isMadeHere(call: Call, dataId: Uint8Array): boolean {
  return call.promises.receipts.some(
    ({ isPromiseYield, inputDataIds: [id] }) =>
      isPromiseYield && id !== undefined && same(id, dataId),
  )
}

function findDataId(call: Call, yieldId: Uint8Array): Uint8Array | undefined {
  const made = call.promises.receipts.find(
    (receipt) => receipt.yieldId !== undefined && same(receipt.yieldId, yieldId),
  )
  return made?.inputDataIds[0] ?? call.world.pendingDataId(yieldId)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
