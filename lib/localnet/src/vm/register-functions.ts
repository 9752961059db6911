import { type Call, U64_MAX } from "./call.ts"
import { type HostFunctions, returnsI64, takes } from "./host-function.ts"

export const registerFunctions: HostFunctions = {
  read_register: takes(2, readRegister),
  register_len: returnsI64(1, registerLength),
  write_register: takes(3, writeRegister),
}

function readRegister(call: Call, id: bigint, pointer: bigint): void {
  call.start()
  call.memory.write(pointer, call.registers.read(id))
}

function registerLength(call: Call, id: bigint): bigint {
  call.start()
  const length = call.registers.length(id)
  return length === undefined ? U64_MAX : BigInt(length)
}

function writeRegister(call: Call, id: bigint, length: bigint, pointer: bigint): void {
  call.start()
  call.registers.write(id, call.memory.read(pointer, length))
}
