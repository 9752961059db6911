import { z } from "zod"
import { RecordError, type StateRecord } from "../chain/records.ts"
import type { Method, Node } from "./method.ts"
import { parseError, timeoutError } from "./rpc-failure.ts"
import { until } from "./until.ts"

const WAIT_MS = 60_000

const AccountId = z.string()
const Record = z.union([
  z.object({
    Account: z.object({
      account_id: AccountId,
      account: z.looseObject({
        amount: z.string(),
        locked: z.string(),
        code_hash: z.string(),
        storage_usage: z.number().int().nonnegative(),
      }),
    }),
  }),
  z.object({
    AccessKey: z.object({
      account_id: AccountId,
      public_key: z.string(),
      access_key: z.object({
        nonce: z.number().int().nonnegative(),
        permission: z.union([
          z.literal("FullAccess"),
          z.object({
            FunctionCall: z.object({
              allowance: z.string().nullish(),
              receiver_id: z.string(),
              method_names: z.array(z.string()),
            }),
          }),
        ]),
      }),
    }),
  }),
  z.object({ Contract: z.object({ account_id: AccountId, code: z.base64() }) }),
  z.object({
    Data: z.object({ account_id: AccountId, data_key: z.base64(), value: z.base64() }),
  }),
])

/** Both answer once the block is there that has done it. For tests: no real network has them. */
export const patchState: Method = async (node, params) => {
  const { records } = z.object({ records: z.array(Record) }).parse(params)
  try {
    node.chain.patch(records as StateRecord[])
  } catch (error) {
    if (error instanceof RecordError) throw parseError(error.message)
    throw error
  }
  await nextBlock(node)
  return {}
}

export const fastForward: Method = async (node, params) => {
  const { delta_height: blocks } = z
    .object({ delta_height: z.number().int().positive() })
    .parse(params)
  node.chain.skip(blocks, node.blockMs)
  await nextBlock(node)
  return {}
}

async function nextBlock(node: Node): Promise<void> {
  const { height } = node.chain.head
  if (!(await until(node, () => node.chain.head.height > height, WAIT_MS))) throw timeoutError()
}
