export {
  type Claim,
  CLAIM_REASONS,
  type ClaimReason,
  type Known,
  type ResultClaims,
  verifyResult,
} from "./verify-result.ts"
