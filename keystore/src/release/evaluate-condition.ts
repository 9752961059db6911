/**
 * Whether an access condition holds for an account, at one final block. Strictly from left to
 * right: `And` ends at the first false, `Or` at the first true, and an error that is reached ends
 * all of it, so that the same chain gives the same verdict always.
 */
import {
  type AccessCondition,
  type Comparison,
  matchesAccountPattern,
} from "@outlayer/protocol/pure"
import type { Slots } from "@outlayer/service"
import { z } from "zod"
import { type Answer, parseJson, type Snapshot } from "../chain/snapshot.ts"

/**
 * Of one condition, which has at most 64 nodes. Whoever wrote it may have written the contracts that
 * it asks, too.
 */
const MAX_READS = 32
const MAX_READ_BYTES = 256 * 1024
const MAX_READ_MS = 10_000
/**
 * Conditions of all sessions that read at a time: of each one reply of every endpoint is in memory,
 * with 256 KiB of an answer written as numbers some 3 MiB.
 */
export const MAX_READERS = 32

/** A contract did not answer as its standard says: nobody is let in on a guess. */
export class ConditionFailed extends Error {}

export interface Judged {
  /** The predecessor of `request_execution`. */
  accountId: string
  /** SHA-256 of the wasm that the worker will run, hex. */
  wasmHash: string
  snapshot: Pick<Snapshot, "block" | "viewText" | "balance">
  /** Those who read the chain take turns, whoever wrote the conditions. */
  reads: Slots
  /** For all that is read of the chain, once it is its turn. */
  timeoutMs?: number
}

/** Throws `ConditionFailed`, and `chain_unavailable`. */
export async function evaluateCondition(
  condition: AccessCondition,
  judged: Judged,
): Promise<boolean> {
  const { accountId, snapshot, timeoutMs = MAX_READ_MS } = judged
  let reads = 0
  let bytesLeft = MAX_READ_BYTES
  let isOver = false
  if (!asksChain(condition)) return evaluate(condition)
  const { promise: late, reject } = Promise.withResolvers<never>()
  const verdict = judged.reads.run(() => {
    const timer = setTimeout(() => {
      // What is being read comes to its end, and keeps its slot until then; nothing is read after it.
      isOver = true
      reject(new ConditionFailed("reads take too long"))
    }, timeoutMs)
    return evaluate(condition).finally(() => clearTimeout(timer))
  })
  return Promise.race([verdict, late])

  async function evaluate(node: AccessCondition): Promise<boolean> {
    if (node === "AllowAll") return true
    if ("Whitelist" in node) return node.Whitelist.accounts.includes(judged.accountId)
    if ("AccountPattern" in node) {
      return matchesAccountPattern(node.AccountPattern.pattern, judged.accountId)
    }
    if ("WasmHash" in node) return node.WasmHash.hash === judged.wasmHash
    if ("ValidUntil" in node) {
      return judged.snapshot.block.timestampNs < BigInt(node.ValidUntil.timestamp)
    }
    if ("Not" in node) return !(await evaluate(node.Not.condition))
    if ("Logic" in node) return evaluateAll(node.Logic.operator, node.Logic.conditions)
    reads += 1
    if (isOver || reads > MAX_READS) {
      throw new ConditionFailed(`more than ${MAX_READS} reads of the chain`)
    }
    return evaluateRead(node, { accountId, snapshot, view })
  }

  async function evaluateAll(
    operator: "And" | "Or",
    conditions: readonly AccessCondition[],
  ): Promise<boolean> {
    // The contract takes no empty list: an empty And would let everybody in.
    if (conditions.length === 0) throw new ConditionFailed("Logic without conditions")
    const decisive = operator === "Or"
    for (const each of conditions) {
      if ((await evaluate(each)) === decisive) return decisive
    }
    return !decisive
  }

  async function view(contract: string, method: string, args: object): Promise<unknown> {
    const text = answerOf(await snapshot.viewText(contract, method, args, MAX_READ_BYTES))
    bytesLeft -= Buffer.byteLength(text)
    if (bytesLeft < 0) throw new ConditionFailed(`more than ${MAX_READ_BYTES} bytes of answers`)
    return answerOf(parseJson(text))
  }
}

function asksChain(node: AccessCondition): boolean {
  if (node === "AllowAll") return false
  if ("Not" in node) return asksChain(node.Not.condition)
  if ("Logic" in node) return node.Logic.conditions.some(asksChain)
  return "NearBalance" in node || "FtBalance" in node || "NftOwned" in node || "DaoMember" in node
}

type Read = Extract<
  AccessCondition,
  { NearBalance: unknown } | { FtBalance: unknown } | { NftOwned: unknown } | { DaoMember: unknown }
>

interface Reading extends Pick<Judged, "accountId" | "snapshot"> {
  view: (contract: string, method: string, args: object) => Promise<unknown>
}

async function evaluateRead(node: Read, reading: Reading): Promise<boolean> {
  const { accountId, snapshot, view } = reading
  if ("NearBalance" in node) {
    const { operator, value } = node.NearBalance
    return compare(answerOf(await snapshot.balance(accountId)), operator, BigInt(value))
  }
  if ("FtBalance" in node) {
    const { contract, operator, value } = node.FtBalance
    const balance = await view(contract, "ft_balance_of", { account_id: accountId })
    return compare(BigInt(read(Amount, balance)), operator, BigInt(value))
  }
  if ("NftOwned" in node) return ownsToken(node.NftOwned, reading)
  const { dao_contract, role } = node.DaoMember
  const policy = read(Policy, await view(dao_contract, "get_policy", {}))
  return policy.roles.some(({ name, kind }) => name === role && isOfKind(kind, accountId))
}

/** NEP-171 and NEP-181. */
async function ownsToken(
  { contract, token_id }: { contract: string; token_id: string | null },
  { accountId, view }: Reading,
): Promise<boolean> {
  if (token_id !== null) {
    const token = read(Token.nullable(), await view(contract, "nft_token", { token_id }))
    return token?.owner_id === accountId
  }
  const page = { account_id: accountId, from_index: "0", limit: 1 }
  const tokens = read(listOf(Token), await view(contract, "nft_tokens_for_owner", page))
  return tokens.some(({ owner_id }) => owner_id === accountId)
}

const Amount = z
  .string()
  .regex(/^\d{1,39}$/)
  .refine((text) => BigInt(text) < 2n ** 128n, "must be below 2^128")

const Token = z.object({ owner_id: z.string() })

/** Sputnik DAO: who is in a role by a token's weight (`Member`) cannot be told from its policy. */
const Policy = z.object({ roles: listOf(z.object({ name: z.string(), kind: z.unknown() })) })

const Group = z.object({ Group: listOf(z.string()) })

/** Ends at the first that is none: an issue for each of a hundred thousand takes a quarter of a second. */
function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.custom<z.output<Schema>[]>(
    (given) => Array.isArray(given) && given.every((each) => schema.safeParse(each).success),
  )
}

function isOfKind(kind: unknown, accountId: string): boolean {
  if (kind === "Everyone") return true
  const group = Group.safeParse(kind)
  return group.success && group.data.Group.includes(accountId)
}

function compare(left: bigint, operator: Comparison, right: bigint): boolean {
  switch (operator) {
    case "Gte":
      return left >= right
    case "Lte":
      return left <= right
    case "Gt":
      return left > right
    case "Lt":
      return left < right
    case "Eq":
      return left === right
    case "Ne":
      return left !== right
  }
}

function read<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw new ConditionFailed("an answer that is not the standard's")
  return parsed.data
}

function answerOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new ConditionFailed(answer.failure)
  return answer.value
}
