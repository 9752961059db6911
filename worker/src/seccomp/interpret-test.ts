/** What the kernel does with a filter, slowly: `man 7 bpf`'s classic half, as far as seccomp has it. */
import { INSTRUCTION_BYTES, OPCODES } from "./bpf.ts"

export interface Call {
  number: number
  /** As `AUDIT_ARCH_…`. */
  architecture: number
  arguments?: readonly bigint[]
}

/** The filter's answer. Throws where the kernel would not have loaded it. */
export function interpret(filter: Uint8Array, call: Call): number {
  const program = new DataView(filter.buffer, filter.byteOffset, filter.length)
  const data = seccompData(call)
  let accumulator = 0
  for (let index = 0; index * INSTRUCTION_BYTES < filter.length; index += 1) {
    const at = index * INSTRUCTION_BYTES
    const k = program.getUint32(at + 4, true)
    const jump = (isTrue: boolean) => program.getUint8(at + (isTrue ? 2 : 3))
    switch (program.getUint16(at, true)) {
      case OPCODES.load:
        if (k % 4 !== 0) throw new Error(`a load from ${k}`)
        accumulator = data.getUint32(k, true)
        break
      case OPCODES.jumpIfEqual:
        index += jump(accumulator === k)
        break
      case OPCODES.jumpIfAtLeast:
        index += jump(accumulator >= k)
        break
      case OPCODES.jumpIfAnyBit:
        index += jump((accumulator & k) !== 0)
        break
      case OPCODES.answer:
        return k
      default:
        throw new Error(`an unknown instruction at ${index}`)
    }
  }
  throw new Error("the program ran over its end")
}

/** `struct seccomp_data`. */
function seccompData(call: Call): DataView {
  const data = new DataView(new ArrayBuffer(64))
  data.setInt32(0, call.number, true)
  data.setUint32(4, call.architecture, true)
  data.setBigUint64(8, 0x7fff_0000_1234n, true)
  for (const [index, value] of (call.arguments ?? []).entries())
    data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), true)
  return data
}
