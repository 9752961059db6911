import { SYSTEM } from "./account-id.ts"
import type { NewReceipt } from "./receipt-run.ts"

/** An ed25519 key of zeros. */
const NO_KEY = new Uint8Array(33)

/** Free for whom it reaches. One for gas names the key whose allowance gets it back. */
export function refundReceipt(
  receiverId: string,
  deposit: bigint,
  gasKey: Uint8Array | undefined,
  txHash: string,
): NewReceipt {
  return {
    kind: "action",
    predecessorId: SYSTEM,
    receiverId,
    signerId: gasKey === undefined ? SYSTEM : receiverId,
    signerPublicKey: gasKey ?? NO_KEY,
    gasPrice: 0n,
    refundTo: undefined,
    inputDataIds: [],
    outputDataReceivers: [],
    actions: [{ type: "transfer", deposit }],
    isYield: false,
    yieldId: undefined,
    txHash,
  }
}
