import { z } from "zod"
import { base58 } from "@scure/base"
import type { LiveBlock } from "../chain/block.ts"
import type { Chain } from "../chain/chain.ts"
import { accessKeyRecord } from "../chain/records.ts"
import { isAccountId } from "../runtime/account-id.ts"
import type { AccessKey, Account } from "../runtime/account.ts"
import { viewFunction } from "../runtime/view-function.ts"
import {
  accessKeyKey,
  accessKeyPrefix,
  accountKey,
  codeKey,
  dataPrefix,
} from "../state/state-key.ts"
import { State } from "../state/state.ts"
import { encodeBase58 } from "../transaction/base58.ts"
import { base58OfHex, keyFromText, keyToText } from "../transaction/public-key-text.ts"
import { BlockReference, liveBlockOf } from "./block-reference.ts"
import type { Method } from "./method.ts"
import { handlerError, parseError } from "./rpc-failure.ts"

/** Of an account with more than this beside its code, a public node shows no state. */
const MAX_STATE_BYTES = 50_000

const account_id = z.string()
const Request = z.discriminatedUnion("request_type", [
  z.object({ request_type: z.literal("view_account"), account_id }),
  z.object({ request_type: z.literal("view_code"), account_id }),
  z.object({ request_type: z.literal("view_state"), account_id, prefix_base64: z.base64() }),
  z.object({ request_type: z.literal("view_access_key"), account_id, public_key: z.string() }),
  z.object({ request_type: z.literal("view_access_key_list"), account_id }),
  z.object({
    request_type: z.literal("call_function"),
    account_id,
    method_name: z.string(),
    args_base64: z.base64(),
  }),
])
type Request = z.infer<typeof Request>

/** The view that a query is about, at its block. */
interface Place {
  chain: Chain
  block: LiveBlock
  state: State
  accountId: string
  /** On every answer. */
  where: { block_height: number; block_hash: string }
}

export const query: Method = ({ chain }, params) => {
  const given = Array.isArray(params) ? requestOfPath(params) : params
  const request = Request.parse(given)
  const { sync_checkpoint: _, ...reference } = BlockReference.parse(given)
  return { ...answer(placeOf(chain, request.account_id, reference), request) }
}

function placeOf(chain: Chain, accountId: string, reference: BlockReference): Place {
  const block = liveBlockOf(chain, reference)
  const where = { block_height: block.height, block_hash: base58OfHex(block.hash) }
  return { chain, block, state: new State(block.root), accountId, where }
}

function answer(place: Place, request: Request): object {
  const account = accountAt(place)
  const { where } = place
  switch (request.request_type) {
    case "view_account":
      return { ...accountView(account), ...where }
    case "view_code":
      return { ...codeView(place, account), ...where }
    case "view_state":
      return { ...stateView(place, account, request.prefix_base64), ...where }
    case "view_access_key":
      return { ...accessKeyView(place, request.public_key), ...where }
    case "view_access_key_list":
      return { keys: accessKeyList(place), ...where }
    case "call_function":
      return { ...callView(place, account, request), ...where }
  }
}

function accountAt({ state, accountId, where }: Place): Account {
  const facts = { requested_account_id: accountId, ...where }
  if (!isAccountId(accountId)) {
    throw handlerError("INVALID_ACCOUNT", facts, `Account ID ${accountId} is invalid`)
  }
  const account = state.get(accountKey(accountId))
  if (account !== undefined) return account
  const data = `account ${accountId} does not exist while viewing`
  throw handlerError("UNKNOWN_ACCOUNT", facts, data)
}

export function accountView({ amount, locked, codeHash, storageUsage }: Account) {
  return {
    amount: String(amount),
    locked: String(locked),
    code_hash: encodeBase58(codeHash ?? new Uint8Array(32)),
    storage_usage: Number(storageUsage),
    storage_paid_at: 0,
  }
}

function codeView({ state, accountId, where }: Place, { codeHash }: Account) {
  const code = state.get(codeKey(accountId))
  if (code === undefined || codeHash === undefined) {
    const data = `Contract code for contract ID #${accountId} has never been observed on the node`
    throw handlerError("NO_CONTRACT_CODE", { contract_account_id: accountId, ...where }, data)
  }
  return { code_base64: base64(code), hash: encodeBase58(codeHash) }
}

function stateView({ state, accountId, where }: Place, { storageUsage }: Account, prefix: string) {
  const codeBytes = state.get(codeKey(accountId))?.length ?? 0
  if (Number(storageUsage) - codeBytes > MAX_STATE_BYTES) {
    const data = `State of contract ${accountId} is too large to be viewed`
    const facts = { contract_account_id: accountId, ...where }
    throw handlerError("TOO_LARGE_CONTRACT_STATE", facts, data)
  }
  const start = dataPrefix(accountId)
  const wanted = start + Buffer.from(prefix, "base64").toString("hex")
  const values = [...state.entries(wanted)].map(([key, value]) => {
    const own = Buffer.from(key.slice(start.length), "hex")
    return { key: base64(own), value: base64(value as Uint8Array) }
  })
  return { values }
}

/** A key that is not there comes as a result, not an error: an old quirk of nearcore that clients know. */
function accessKeyView({ state, accountId }: Place, text: string) {
  const publicKey = keyFromText(text)
  if (publicKey === undefined) throw parseError(`not a public key: ${text}`)
  const key = state.get(accessKeyKey(accountId, publicKey))
  if (key !== undefined) return accessKeyRecord(key)
  return { error: `access key ${keyToText(publicKey)} does not exist while viewing`, logs: [] }
}

function accessKeyList({ state, accountId }: Place) {
  const prefix = accessKeyPrefix(accountId)
  return [...state.entries(prefix)].map(([key, value]) => {
    const public_key = keyToText(Buffer.from(key.slice(prefix.length), "hex"))
    return { public_key, access_key: accessKeyRecord(value as AccessKey) }
  })
}

/** A contract's failure is a result too: the same quirk. */
function callView(
  { chain, block, accountId }: Place,
  account: Account,
  request: Request & { request_type: "call_function" },
) {
  const args = Buffer.from(request.args_base64, "base64")
  const call = { accountId, account, methodName: request.method_name, args }
  const outcome = viewFunction(block.root, call, chain.contextOf(block))
  const error = "kind" in outcome ? outcome : outcome.error
  const logs = "kind" in outcome ? [] : outcome.logs
  if (error !== undefined) {
    return { error: `wasm execution failed with error: ${error.debug}`, logs }
  }
  const value =
    !("kind" in outcome) && outcome.returned.kind === "value" ? outcome.returned.value : []
  return { result: [...value], logs }
}

/** The form of old: ["account/alice.near", ""], with base58 data for a call. */
function requestOfPath(params: readonly unknown[]): object {
  const [path, data = ""] = z.array(z.string()).parse(params)
  const [kind, account_id, last] = (path ?? "").split("/")
  switch (kind) {
    case "account":
      return { request_type: "view_account", account_id }
    case "code":
      return { request_type: "view_code", account_id }
    case "contract":
      return { request_type: "view_state", account_id, prefix_base64: base64OfBase58(data) }
    case "access_key":
      return last === undefined
        ? { request_type: "view_access_key_list", account_id }
        : { request_type: "view_access_key", account_id, public_key: last }
    case "call": {
      const args_base64 = base64OfBase58(data)
      return { request_type: "call_function", account_id, method_name: last, args_base64 }
    }
    case undefined:
    default:
      throw parseError(`unknown path ${path}`)
  }
}

function base64OfBase58(text: string): string {
  try {
    return base64(base58.decode(text))
  } catch {
    throw parseError(`not base58: ${text}`)
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
