/** What a wallet signs when it is asked for a message: https://github.com/near/NEPs/blob/master/neps/nep-0413.md */
import { createHash } from "node:crypto"
import { importVerifier } from "@outlayer/protocol/sealing/node"

/** 2^31 + 413: no transaction begins so. */
const TAG = 2_147_484_061

export interface SignedMessage {
  message: string
  /** 32 bytes. */
  nonce: Uint8Array
  recipient: string
  publicKey: string
  signature: Uint8Array
}

export function isSignedByWallet({ publicKey, signature, ...payload }: SignedMessage): boolean {
  return importVerifier(publicKey)?.(walletMessageHash(payload), signature) ?? false
}

/** SHA-256 of the tag and the payload in Borsh, without a callback URL. */
function walletMessageHash({
  message,
  nonce,
  recipient,
}: Pick<SignedMessage, "message" | "nonce" | "recipient">): Uint8Array {
  const hash = createHash("sha256")
  for (const part of [u32(TAG), text(message), nonce, text(recipient), Uint8Array.of(0)]) {
    hash.update(part)
  }
  return new Uint8Array(hash.digest())
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u32(bytes.length), bytes])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
