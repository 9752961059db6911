import { HostError } from "./host-error.ts"

/** Bytes after the curve's number: ed25519, secp256k1, ML-DSA-65. */
const KEY_BYTES = [32, 64, 1952]

/** Contracts give keys as borsh. nearcore looks at them only after the fees. */
export function checkPublicKey(borsh: Uint8Array): Uint8Array {
  const [curve] = borsh
  if (curve === undefined || KEY_BYTES[curve] !== borsh.length - 1) {
    throw new HostError("InvalidPublicKey")
  }
  return borsh
}
