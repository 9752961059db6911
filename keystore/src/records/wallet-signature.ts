/** What a wallet signs when it is asked for a message: https://github.com/near/NEPs/blob/master/neps/nep-0413.md */
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { borshNumber, borshText } from "../borsh.ts"

/** 2^31 + 413: no transaction begins so. */
const TAG = 2_147_484_061n

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
  const to = borshText(recipient)
  const bytes = [borshNumber(TAG, 4), borshText(message), nonce, to, Uint8Array.of(0)]
  return nodePrimitives.sha256(Buffer.concat(bytes))
}
