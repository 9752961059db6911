import { InvalidAltBn128, multiexp, pairingCheck, sum } from "./alt-bn128.ts"
import type { Call } from "./call.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, returnsI64, takes } from "./host-function.ts"
import type { ExtCost } from "./parameters.ts"

export const altBn128Functions: HostFunctions = {
  alt_bn128_g1_sum: takes(3, (call: Call, length: bigint, pointer: bigint, register: bigint) => {
    const costs = ["alt_bn128_g1_sum_base", "alt_bn128_g1_sum_element"] as const
    call.registers.write(register, compute(call, costs, pointer, length, 65, sum))
  }),
  alt_bn128_g1_multiexp: takes(
    3,
    (call: Call, length: bigint, pointer: bigint, register: bigint) => {
      const costs = ["alt_bn128_g1_multiexp_base", "alt_bn128_g1_multiexp_element"] as const
      call.registers.write(register, compute(call, costs, pointer, length, 96, multiexp))
    },
  ),
  alt_bn128_pairing_check: returnsI64(2, (call: Call, length: bigint, pointer: bigint) => {
    const costs = ["alt_bn128_pairing_check_base", "alt_bn128_pairing_check_element"] as const
    return compute(call, costs, pointer, length, 192, pairingCheck) ? 1n : 0n
  }),
}

function compute<T>(
  call: Call,
  [base, perElement]: readonly [ExtCost, ExtCost],
  pointer: bigint,
  length: bigint,
  elementBytes: number,
  run: (elements: readonly Uint8Array[]) => T,
): T {
  call.gas.payBase(base)
  const bytes = call.read(pointer, length)
  if (bytes.length % elementBytes !== 0) {
    throw invalidInput(
      `slice of size ${bytes.length} cannot be precisely split into chunks of size ${elementBytes}`,
    )
  }
  const elements: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += elementBytes) {
    elements.push(bytes.subarray(start, start + elementBytes))
  }
  call.gas.payPer(perElement, elements.length)
  try {
    return run(elements)
  } catch (error) {
    if (error instanceof InvalidAltBn128) throw invalidInput(error.message)
    throw error
  }
}

function invalidInput(msg: string): HostError {
  return new HostError("AltBn128InvalidInput", { msg })
}
