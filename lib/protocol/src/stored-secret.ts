/** What outlayer's `get_secrets` says of one place, or of the same for every branch. */
import { z } from "zod"

export const StoredSecret = z.object({
  encrypted_secrets: z.base64(),
  /** An `AccessCondition`, as its owner wrote it: whoever judges by it parses it. */
  access: z.unknown(),
  branch: z.string().nullable(),
})
