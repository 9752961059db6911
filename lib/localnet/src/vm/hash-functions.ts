import { createHash } from "node:crypto"
import { ripemd160 } from "@noble/hashes/legacy.js"
import { keccak_256, keccak_512 } from "@noble/hashes/sha3.js"
import type { Call } from "./call.ts"
import { type HostFunctions, takes } from "./host-function.ts"
import type { ExtCost } from "./parameters.ts"

export const hashFunctions: HostFunctions = {
  sha256: takes(3, hashes("sha256_base", "sha256_byte", sha256)),
  keccak256: takes(3, hashes("keccak256_base", "keccak256_byte", keccak_256)),
  keccak512: takes(3, hashes("keccak512_base", "keccak512_byte", keccak_512)),
  ripemd160: takes(3, hashes("ripemd160_base", "ripemd160_block", ripemd160, ripemdBlocks)),
}

/** These charge a fee of their own in place of `base`. */
function hashes(
  base: ExtCost,
  perUnit: ExtCost,
  hash: (bytes: Uint8Array) => Uint8Array,
  units = (bytes: Uint8Array) => bytes.length,
) {
  return (call: Call, length: bigint, pointer: bigint, register: bigint): void => {
    call.gas.payBase(base)
    const bytes = call.read(pointer, length)
    call.gas.payPer(perUnit, units(bytes))
    call.registers.write(register, hash(bytes))
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest()
}

/** Blocks of 64 bytes, with the padding: one byte and a length of eight. */
function ripemdBlocks(bytes: Uint8Array): number {
  return Math.floor((bytes.length + 8) / 64) + 1
}
