/** What a transaction asked for, and by which key: as the chain has it, not as somebody tells it. */
import { z } from "zod"

const Reply = z.object({
  transaction: z.object({
    signer_id: z.string(),
    public_key: z.string(),
    receiver_id: z.string(),
    actions: z.array(z.unknown()),
  }),
})
const Call = z.object({ FunctionCall: z.object({ method_name: z.string(), args: z.base64() }) })

export interface SignedTransaction {
  signerId: string
  publicKey: string
  receiverId: string
  /** Its function calls; `args` as they were sent. */
  calls: { method: string; args: Uint8Array }[]
}

/** Of an endpoint's answer to `tx`. */
export function readSignedTransaction(reply: unknown): SignedTransaction {
  const { signer_id, public_key, receiver_id, actions } = Reply.parse(reply).transaction
  const calls = actions.flatMap((action) => {
    const { data } = Call.safeParse(action)
    if (!data) return []
    const { method_name: method, args } = data.FunctionCall
    return [{ method, args: new Uint8Array(Buffer.from(args, "base64")) }]
  })
  return { signerId: signer_id, publicKey: public_key, receiverId: receiver_id, calls }
}
