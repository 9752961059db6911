import { decompress, g1, g2, mapToGroup, multiexp, pairingCheck, sum } from "./bls12381.ts"
import type { Call } from "./call.ts"
import { HostError } from "./host-error.ts"
import { type HostFunction, type HostFunctions, returnsI64 } from "./host-function.ts"
import type { ExtCost } from "./parameters.ts"

type Elements = readonly Uint8Array[]

export const bls12381Functions: HostFunctions = {
  bls12381_p1_sum: computes("bls12381_p1_sum", 97, (elements) => sum(g1, elements)),
  bls12381_p2_sum: computes("bls12381_p2_sum", 193, (elements) => sum(g2, elements)),
  bls12381_g1_multiexp: computes(
    "bls12381_g1_multiexp",
    128,
    (elements) => multiexp(g1, elements),
    "bls12381_p1_multiexp",
  ),
  bls12381_g2_multiexp: computes(
    "bls12381_g2_multiexp",
    224,
    (elements) => multiexp(g2, elements),
    "bls12381_p2_multiexp",
  ),
  bls12381_map_fp_to_g1: computes("bls12381_map_fp_to_g1", 48, (elements) =>
    mapToGroup(g1, elements),
  ),
  bls12381_map_fp2_to_g2: computes("bls12381_map_fp2_to_g2", 96, (elements) =>
    mapToGroup(g2, elements),
  ),
  bls12381_p1_decompress: computes("bls12381_p1_decompress", 48, (elements) =>
    decompress(g1, elements),
  ),
  bls12381_p2_decompress: computes("bls12381_p2_decompress", 96, (elements) =>
    decompress(g2, elements),
  ),
  bls12381_pairing_check: returnsI64(2, bls12381PairingCheck),
}

type Cost<Name extends string> = Name extends `${infer Prefix}_base` ? Prefix : never

/**
 * Returns 0, or 1 for a bad point. The fee counts the elements of the length argument, before anything is read: so the data cannot
 * come from a register.
 */
function computes(
  name: Cost<ExtCost> & `bls12381_${string}`,
  elementBytes: number,
  run: (elements: Elements) => Uint8Array | undefined,
  nameInErrors: string = name,
): HostFunction {
  return returnsI64(3, (call: Call, length: bigint, pointer: bigint, register: bigint): bigint => {
    call.gas.payBase(`${name}_base`)
    call.gas.payPer(`${name}_element`, length / BigInt(elementBytes))
    const result = run(split(nameInErrors, call.read(pointer, length), elementBytes))
    if (result === undefined) return 1n
    call.registers.write(register, result)
    return 0n
  })
}

function bls12381PairingCheck(call: Call, length: bigint, pointer: bigint): bigint {
  const elementBytes = 288
  call.gas.payBase("bls12381_pairing_base")
  const bytes = call.read(pointer, length)
  call.gas.payPer("bls12381_pairing_element", Math.floor(bytes.length / elementBytes))
  return pairingCheck(split("bls12381_pairing_check", bytes, elementBytes))
}

function split(name: string, bytes: Uint8Array, elementBytes: number): Elements {
  if (bytes.length % elementBytes !== 0) {
    throw new HostError("BLS12381InvalidInput", {
      msg: `Incorrect input length for ${name}: ${bytes.length} is not divisible by ${elementBytes}`,
    })
  }
  const elements: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += elementBytes) {
    elements.push(bytes.subarray(start, start + elementBytes))
  }
  return elements
}
