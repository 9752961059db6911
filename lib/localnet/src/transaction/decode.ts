import { sha256, sha256Hex } from "../runtime/ids.ts"
import type { AccessKey } from "../runtime/account.ts"
import type { Action, PlainAction, SignedDelegate } from "../runtime/action.ts"
import { BorshError, BorshReader } from "./borsh-reader.ts"
import type { SignedTransaction } from "./signed-transaction.ts"

/** NEP-366: 2^30 + 366, before a delegate action that is signed. */
const DELEGATE_PREFIX = new Uint8Array([0x6e, 0x01, 0x00, 0x40])
const DELEGATE = 8
const ACTION_NAMES = [
  "CreateAccount",
  "DeployContract",
  "FunctionCall",
  "Transfer",
  "Stake",
  "AddKey",
  "DeleteKey",
  "DeleteAccount",
  "Delegate",
]

/** Throws BorshError, also for what this chain lacks: ML-DSA, V1 transactions, global contracts, gas keys. */
export function decodeTransaction(bytes: Uint8Array): SignedTransaction {
  const reader = new BorshReader(bytes)
  const signerId = reader.string()
  const publicKey = readPublicKey(reader)
  const nonce = reader.u64()
  const receiverId = reader.string()
  const blockHash = Buffer.from(reader.fixed(32)).toString("hex")
  const actions = reader.vector(() => readAction(reader))
  const signed = reader.since(0)
  const signature = readSignature(reader)
  reader.end()
  const hash = sha256Hex(signed)
  const size = bytes.length
  return { signerId, publicKey, nonce, receiverId, blockHash, actions, signature, hash, size }
}

function readAction(reader: BorshReader): Action {
  const tag = reader.u8()
  return tag === DELEGATE ? readDelegate(reader) : readPlainAction(reader, tag)
}

function readPlainAction(reader: BorshReader, tag: number): PlainAction {
  switch (ACTION_NAMES[tag]) {
    case "CreateAccount":
      return { type: "create_account" }
    case "DeployContract":
      return { type: "deploy_contract", code: reader.bytes() }
    case "FunctionCall": {
      const methodName = reader.string()
      const args = reader.bytes()
      const gas = reader.u64()
      return { type: "function_call", methodName, args, gas, deposit: reader.u128() }
    }
    case "Transfer":
      return { type: "transfer", deposit: reader.u128() }
    case "Stake":
      return { type: "stake", stake: reader.u128(), publicKey: readPublicKey(reader) }
    case "AddKey": {
      const publicKey = readPublicKey(reader)
      return { type: "add_key", publicKey, accessKey: readAccessKey(reader) }
    }
    case "DeleteKey":
      return { type: "delete_key", publicKey: readPublicKey(reader) }
    case "DeleteAccount":
      return { type: "delete_account", beneficiaryId: reader.string() }
    case undefined:
    default:
      throw new BorshError(`action tag ${tag} is not supported`)
  }
}

function readDelegate(reader: BorshReader): SignedDelegate {
  const start = reader.offset
  const senderId = reader.string()
  const receiverId = reader.string()
  const actions = reader.vector(() => readPlainAction(reader, reader.u8()))
  const nonce = reader.u64()
  const maxBlockHeight = reader.u64()
  const publicKey = readPublicKey(reader)
  const hash = sha256(DELEGATE_PREFIX, reader.since(start))
  const signature = readSignature(reader)
  const signed = { senderId, receiverId, actions, nonce, maxBlockHeight, publicKey }
  return { type: "delegate", ...signed, signature, hash }
}

function readAccessKey(reader: BorshReader): AccessKey {
  const nonce = reader.u64()
  const tag = reader.u8()
  if (tag === 1) return { nonce, permission: { kind: "full_access" } }
  if (tag !== 0) throw new BorshError(`permission tag ${tag} is not supported`)
  const allowance = reader.option(() => reader.u128())
  const receiverId = reader.string()
  const methodNames = reader.vector(() => reader.string())
  return { nonce, permission: { kind: "function_call", allowance, receiverId, methodNames } }
}

/** The curve's byte, then the key. */
function readPublicKey(reader: BorshReader): Uint8Array {
  return readCurve(reader, [32, 64])
}

function readSignature(reader: BorshReader): Uint8Array {
  return readCurve(reader, [64, 65])
}

function readCurve(reader: BorshReader, lengths: readonly [number, number]): Uint8Array {
  const start = reader.offset
  const curve = reader.u8()
  const length = lengths[curve]
  if (length === undefined) throw new BorshError(`key type ${curve} is not supported`)
  reader.fixed(length)
  return reader.since(start).slice()
}
