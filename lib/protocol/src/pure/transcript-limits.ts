/** Of sealed transcripts. Not in limits.json, which is part of the contract. */

/** How long one is kept. */
export const TRANSCRIPT_DAYS = 7
/** Both parts together, compressed; what is larger is not kept. */
export const MAX_TRANSCRIPT_BYTES = 4 * 1024 * 1024
/** Of one account: the first ones. */
export const MAX_TRANSCRIPT_KEYS = 32
