import { p256 } from "@noble/curves/nist.js"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import type { Call } from "./call.ts"
import { verifyEd25519 } from "./ed25519.ts"
import { HostError } from "./host-error.ts"
import { type HostFunctions, returnsI64 } from "./host-function.ts"

export const signatureFunctions: HostFunctions = {
  ed25519_verify: returnsI64(6, ed25519Verify),
  p256_verify: returnsI64(6, p256Verify),
  ecrecover: returnsI64(7, ecrecover),
}

const SIGNATURE_BYTES = 64

function ed25519Verify(
  call: Call,
  signatureLength: bigint,
  signaturePointer: bigint,
  messageLength: bigint,
  messagePointer: bigint,
  keyLength: bigint,
  keyPointer: bigint,
): bigint {
  call.gas.payBase("ed25519_verify_base")
  const signature = call.read(signaturePointer, signatureLength)
  checkLength("Ed25519VerifyInvalidInput", "signature", signature, SIGNATURE_BYTES)
  // Such an S is far too large: found, and left, before the message is paid.
  if (((signature[63] ?? 0) & 0b1110_0000) !== 0) return 0n
  const message = call.read(messagePointer, messageLength)
  call.gas.payPer("ed25519_verify_byte", message.length)
  const publicKey = call.read(keyPointer, keyLength)
  checkLength("Ed25519VerifyInvalidInput", "public key", publicKey, 32)
  return verifyEd25519(message, publicKey, signature) ? 1n : 0n
}

/** The message is a digest: its leftmost 32 bytes count, fewer than 16 are never valid. A high S is. */
function p256Verify(
  call: Call,
  signatureLength: bigint,
  signaturePointer: bigint,
  messageLength: bigint,
  messagePointer: bigint,
  keyLength: bigint,
  keyPointer: bigint,
): bigint {
  call.gas.payBase("p256_verify_base")
  const signature = call.read(signaturePointer, signatureLength)
  checkLength("P256VerifyInvalidInput", "signature", signature, SIGNATURE_BYTES)
  const parsed = p256Signature(signature)
  if (parsed === undefined) return 0n
  const message = call.read(messagePointer, messageLength)
  call.gas.payPer("p256_verify_byte", message.length)
  const publicKey = call.read(keyPointer, keyLength)
  checkLength("P256VerifyInvalidInput", "public key", publicKey, 33)
  if (message.length < 16) return 0n
  try {
    const options = { prehash: false, lowS: false }
    return p256.verify(parsed, message, publicKey, options) ? 1n : 0n
  } catch {
    return 0n
  }
}

/** Undefined: r or s is zero or not below the order. Like an S too large in ed25519, found before the message is paid. */
function p256Signature(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return p256.Signature.fromBytes(bytes, "compact").toBytes("compact")
  } catch {
    return undefined
  }
}

/** Ethereum's: the signer's key, without its prefix, from a hash and a signature. */
function ecrecover(
  call: Call,
  hashLength: bigint,
  hashPointer: bigint,
  signatureLength: bigint,
  signaturePointer: bigint,
  v: bigint,
  malleability: bigint,
  register: bigint,
): bigint {
  call.gas.payBase("ecrecover_base")
  const signature = call.read(signaturePointer, signatureLength)
  if (signature.length !== SIGNATURE_BYTES) {
    throw ecrecoverError(
      `The length of the signature: ${signature.length}, exceeds the limit of 64 bytes`,
    )
  }
  if (v > 3n) {
    throw ecrecoverError(`V recovery byte 0 through 3 are valid but was provided ${v}`)
  }
  const hash = call.read(hashPointer, hashLength)
  if (hash.length !== 32) {
    throw ecrecoverError(`The length of the hash: ${hash.length}, exceeds the limit of 32 bytes`)
  }
  if (malleability > 1n) {
    throw ecrecoverError(`Malleability flag needs to be 0 or 1, but is instead ${malleability}`)
  }
  const key = recover(hash, signature, Number(v), malleability === 1n)
  if (key === undefined) return 0n
  call.registers.write(register, key)
  return 1n
}

function recover(
  hash: Uint8Array,
  bytes: Uint8Array,
  v: number,
  rejectHighS: boolean,
): Uint8Array | undefined {
  try {
    const signature = secp256k1.Signature.fromBytes(bytes, "compact")
    if (rejectHighS && signature.hasHighS()) return undefined
    return signature.addRecoveryBit(v).recoverPublicKey(hash).toBytes(false).subarray(1)
  } catch {
    return undefined
  }
}

function checkLength(
  error: "Ed25519VerifyInvalidInput" | "P256VerifyInvalidInput",
  what: string,
  bytes: Uint8Array,
  length: number,
): void {
  if (bytes.length !== length) throw new HostError(error, { msg: `invalid ${what} length` })
}

function ecrecoverError(msg: string): HostError {
  return new HostError("ECRecoverError", { msg })
}
