/** Asks through the client contract, as a user of it would, and reads what came of it. */
import { parseEvent, readResult } from "@outlayer/near"
import { type Account, actions, nearToYocto } from "near-api-js"
import { z } from "zod"
import { send } from "./send.ts"
import type { Stack } from "./stack.ts"

const TERA = 10n ** 12n

export interface Question {
  repo: string
  commit: string
  input?: string
  build_target?: string
  response_format?: "Bytes" | "Text" | "Json"
  resource_limits?: Record<string, number>
  payer_account_id?: string
  with_status?: boolean
  http_hosts?: string[]
  secrets_ref?: { profile: string; account_id: string }
  encrypted_secrets?: string
}

const Completed = z.object({
  request_id: z.number(),
  success: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  resolved_commit: z.string().nullish(),
  resources_used: z.object({
    instructions: z.number(),
    time_ms: z.number(),
    compile_time_ms: z.number().nullish(),
  }),
  payment_charged: z.string(),
  payment_refunded: z.string(),
  compilation_note: z.string().nullish(),
})
type Completed = z.infer<typeof Completed>

export interface Answer {
  transactionHash: string
  /** What the client contract's callback returned. */
  value: unknown
  /** What the contract said it was asked, and how it ended; absent where the request was refused. */
  requested: unknown
  completed: Completed | undefined
  gasBurnt: bigint
  tokensBurntYocto: bigint
}

/** Resolves when the callback has run. Throws what the chain says when `ask` itself fails. */
export async function ask(
  { accounts }: Pick<Stack, "accounts">,
  question: Question,
  { asker = accounts.alice, depositYocto = nearToYocto("0.2"), directly = false }: AskOptions = {},
): Promise<Answer> {
  const call = directly
    ? actions.functionCall("request_execution", asRequest(question), 300n * TERA, depositYocto)
    : actions.functionCall("ask", question, 300n * TERA, depositYocto)
  const reply = await send(asker, {
    receiverId: (directly ? accounts.outlayer : accounts.caller).accountId,
    actions: [call],
    waitUntil: "FINAL",
    throwOnFailure: true,
  })
  const { hash, value, receipts, gasBurnt, tokensBurntYocto } = readResult(reply)
  const events = receipts
    .filter(({ executorId }) => executorId === accounts.outlayer.accountId)
    .flatMap(({ logs }) => logs.flatMap((line) => parseEvent(line) ?? []))
  const completed = events.find(({ event }) => event === "execution_completed")
  return {
    transactionHash: hash,
    value: JSON.parse(Buffer.from(value ?? "", "base64").toString() || "null"),
    requested: events.find(({ event }) => event === "execution_requested")?.data,
    completed: completed && Completed.parse(completed.data),
    gasBurnt,
    tokensBurntYocto,
  }
}

export interface AskOptions {
  asker?: Account
  depositYocto?: bigint
  /** Of the contract itself: the asker is then the sender. */
  directly?: boolean
}

function asRequest({ repo, commit, build_target, input, ...options }: Question) {
  return { ...options, code_source: { repo, commit, build_target }, input_data: input }
}
