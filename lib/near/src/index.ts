/** A narrow face over near-api-js: views, signed calls, events, blocks. */
export { callContract } from "./call-contract.ts"
export { type BlockSource, openBlockSource, type SourceBlock } from "./blocks.ts"
export {
  type Chain,
  type ExecutedReceipt,
  openChain,
  readResult,
  type TransactionResult,
} from "./chain.ts"
export { parseEvent } from "./events.ts"
export { openWitnesses, type Witnesses } from "./quorum.ts"
export type { SignedTransaction } from "./signed-transaction.ts"
export { createSigner, newSecretKey, type SignedCall, type Signer } from "./signer.ts"
