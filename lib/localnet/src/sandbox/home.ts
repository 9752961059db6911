import { existsSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type Genesis, newGenesis } from "../chain/genesis.ts"
import { newKeyPair } from "../node/key-pair.ts"

const ROOT_ACCOUNT = "test.near"
/** nearcore: `init` has epochs of 500 blocks for a localnet, `init --fast` of 60. */
const EPOCH_LENGTH = 500
const FAST_EPOCH_LENGTH = 60

/** What `init` writes and callers then edit: config, genesis with records, keys. Existing files stay. */
export async function initHome(home: string, options: { fast: boolean; chainId: string }) {
  await mkdir(home, { recursive: true })
  const node = newKeyPair()
  const root = newKeyPair()
  const genesis = newGenesis({
    chainId: options.chainId,
    epochLength: options.fast ? FAST_EPOCH_LENGTH : EPOCH_LENGTH,
    rootAccountId: ROOT_ACCOUNT,
    rootPublicKey: root.publicKey,
    time: new Date(),
  })
  const total_supply = String(supplyOf(genesis))
  await writeNew(join(home, "config.json"), CONFIG)
  await writeNew(join(home, "node_key.json"), keyFile("node", node))
  if (await writeNew(join(home, "genesis.json"), { ...genesis, total_supply })) {
    await writeFile(join(home, "validator_key.json"), text(keyFile(ROOT_ACCOUNT, root)))
  }
}

const CONFIG = {
  genesis_file: "genesis.json",
  genesis_records_file: null,
  validator_key_file: "validator_key.json",
  node_key_file: "node_key.json",
  rpc: {
    addr: "0.0.0.0:3030",
    cors_allowed_origins: ["*"],
    limits_config: { json_payload_max_size: 10_485_760 },
  },
  network: { addr: "0.0.0.0:24567", boot_nodes: "" },
  tracked_shards_config: "AllShards",
  archive: false,
}

const GenesisFile = z.looseObject({
  chain_id: z.string(),
  genesis_time: z.string(),
  genesis_height: z.number(),
  epoch_length: z.number(),
  transaction_validity_period: z.number(),
  min_gas_price: z.string(),
  validators: z.array(
    z.object({ account_id: z.string(), public_key: z.string(), amount: z.string() }),
  ),
  records: z.array(z.unknown()),
})

/** Throws when a file is missing or malformed; records are checked when they are put into the state. */
export async function readHome(home: string): Promise<{ genesis: Genesis; nodePublicKey: string }> {
  const genesis = GenesisFile.parse(await readJson(join(home, "genesis.json")))
  const { public_key } = z
    .object({ public_key: z.string() })
    .parse(await readJson(join(home, "node_key.json")))
  return { genesis: genesis as unknown as Genesis, nodePublicKey: public_key }
}

export function storeFile(home: string): string {
  return join(home, "data", "chain.sqlite")
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"))
}

async function writeNew(file: string, value: unknown): Promise<boolean> {
  if (existsSync(file)) return false
  await writeFile(file, text(value))
  return true
}

function keyFile(account_id: string, { publicKey, secretKey }: ReturnType<typeof newKeyPair>) {
  return { account_id, public_key: publicKey, secret_key: secretKey }
}

function supplyOf({ records }: Genesis): bigint {
  return records.reduce((supply, record) => {
    if (!("Account" in record)) return supply
    const { amount, locked } = record.Account.account
    return supply + BigInt(amount) + BigInt(locked)
  }, 0n)
}

const text = (value: unknown) => JSON.stringify(value, null, 2)
