/** The accounts and contracts that a local chain begins with. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { KeyPair, type KeyPairString, nearToYocto } from "near-api-js"
import { z } from "zod"

const CONTRACTS = fileURLToPath(new URL("../../../contract/res/", import.meta.url))

interface First {
  near: number
  /** A file of `CONTRACTS`. */
  contract?: string
}

const FIRST = {
  outlayer: { near: 1_000, contract: "outlayer_contract.wasm" },
  caller: { near: 1_000, contract: "caller_contract.wasm" },
  operator: { near: 10_000 },
  alice: { near: 10_000 },
  register: { near: 1_000, contract: "register_contract.wasm" },
  init: { near: 10_000 },
  keystore: { near: 1_000 },
} as const satisfies Record<string, First>

/** Of an account with full access to itself. */
export interface OwnedAccount {
  accountId: string
  secretKey: KeyPairString
}

export type FirstAccounts = Record<keyof typeof FIRST | "root", OwnedAccount>

/**
 * Adds them to what `init` has written into a chain's folder, before it runs for the first time. As
 * transactions, seconds of a start would go into encoding contracts.
 */
export async function writeGenesis(home: string): Promise<FirstAccounts> {
  const file = join(home, "genesis.json")
  const genesis = Genesis.parse(JSON.parse(await readFile(file, "utf8")))
  const root = RootKey.parse(JSON.parse(await readFile(join(home, "validator_key.json"), "utf8")))
  const entries = Object.entries<First>(FIRST)
  const added = await Promise.all(
    entries.map(([name, first]) => createRecords(`${name}.${root.account_id}`, first)),
  )
  const supply = entries.reduce((sum, [, { near }]) => sum + nearToYocto(near), 0n)
  const total_supply = String(BigInt(genesis.total_supply) + supply)
  const records = [...genesis.records, ...added.flatMap((one) => one.records)]
  await writeFile(file, JSON.stringify({ ...genesis, total_supply, records }))
  return Object.fromEntries([
    ["root", { accountId: root.account_id, secretKey: root.secret_key }],
    ...entries.map(([name], index) => [name, added[index]?.owned]),
  ]) as FirstAccounts
}

const Genesis = z.looseObject({ total_supply: z.string(), records: z.array(z.unknown()) })
const RootKey = z.object({ account_id: z.string(), secret_key: z.string() })

async function createRecords(account_id: string, { near, contract }: First) {
  const pair = KeyPair.fromRandom("ed25519")
  const account = { ...NEW_ACCOUNT, amount: String(nearToYocto(near)) }
  const public_key = String(pair.getPublicKey())
  const records: object[] = [
    { Account: { account_id, account } },
    { AccessKey: { account_id, public_key, access_key: FULL_ACCESS } },
  ]
  if (contract !== undefined) {
    const code = await readFile(join(CONTRACTS, contract), "base64")
    records.push({ Contract: { account_id, code } })
  }
  const owned: OwnedAccount = { accountId: account_id, secretKey: pair.toString() }
  return { records, owned }
}

/** The chain counts storage and hashes code itself. */
const NEW_ACCOUNT = { locked: "0", code_hash: "1".repeat(32), storage_usage: 0, version: "V1" }
const FULL_ACCESS = { nonce: 0, permission: "FullAccess" }
