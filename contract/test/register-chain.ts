/** The register contract beside outlayer, on a chain, trusting the simulator's root. */
import {
  type Boot,
  bootEvents,
  createCollateral,
  createPki,
  createQuote,
  keyOriginOf,
  type Pki,
  readMeasurement,
  replay,
} from "@outlayer/attestation/simulator"
import { collateralArguments, nodePrimitives } from "@outlayer/attestation"
import { keystoreReportData, workerReportData } from "@outlayer/protocol/pure"
import type { KeyPair, NearAccount, TransactionResult } from "near-workspaces"
import { type Chain, chainTest, NEAR, providerOf, TGAS, wasm } from "./contract-test.ts"

export interface Registered extends Chain {
  register: NearAccount
  /** Registers workers. */
  init: NearAccount
  machine: Pki
}

export const GAS = { gas: 300n * TGAS }
const COMPOSE_HASH = "c0".repeat(32)

export function registerTest(flags: string) {
  return chainTest(flags).extend("registered", { scope: "file" }, async ({ chain }) => {
    const { worker, owner, outlayer } = chain
    const init = await worker.rootAccount.createSubAccount("init", { initialBalance: 100n * NEAR })
    const machine = createPki(Buffer.from("a machine of this test"))
    const register = await worker.rootAccount.devDeploy(wasm("register"), {
      initialBalance: 100n * NEAR,
      method: "new",
      args: {
        owner_id: owner.accountId,
        outlayer_contract_id: outlayer.accountId,
        init_account_id: init.accountId,
        test_root_certificate: Buffer.from(machine.root.certificate).toString("base64"),
      },
    })
    const registered: Registered = { ...chain, register, init, machine }
    await owner.call(outlayer, "set_register_contract", {
      register_contract_id: register.accountId,
    })
    await owner.call(register, "add_approved_measurements", measurementOf(registered))
    await updateCollateral(registered, 3_600)
    return registered
  })
}

/** Of the block before this one: the contract's clock is the chain's. */
async function chainSeconds(chain: Chain): Promise<number> {
  const { header } = await providerOf(chain).block({ finality: "final" })
  return Math.floor(header.timestamp / 1e9)
}

/** Only newer collateral than the contract's own is taken. */
export async function updateCollateral(
  registered: Registered,
  ageSeconds = 60,
): Promise<TransactionResult> {
  const { machine, register, alice } = registered
  const collateral = createCollateral(machine, (await chainSeconds(registered)) - ageSeconds)
  const options = { ...GAS, attachedDeposit: NEAR }
  return alice.callRaw(register, "update_collateral", collateralArguments(collateral), options)
}

export function measurementOf({ machine }: Registered, role: "worker" | "keystore" = "worker") {
  const origin = role === "keystore" ? keyOriginOf({ composeHash: COMPOSE_HASH }) : {}
  return { role, ...readMeasurement(createQuote(machine)), compose_hash: COMPOSE_HASH, ...origin }
}

export async function newKeyPair(): Promise<KeyPair> {
  const { KeyPair } = await import("near-workspaces")
  return KeyPair.fromRandom("ed25519")
}

export function keyText(key: KeyPair): string {
  return key.getPublicKey().toString()
}

/** Draws a nonce. */
export async function begin(
  { register, init }: Registered,
  key: KeyPair,
  from = init,
): Promise<string> {
  const args = { public_key: keyText(key) }
  const drawn = await from.call<{ nonce: string }>(register, "begin_registration", args)
  return drawn.nonce
}

/** What the machine presents for a key and a nonce. */
export function present(
  { register, machine }: Registered,
  key: KeyPair,
  nonce: string,
  boot: Partial<Boot> = {},
) {
  const public_key = keyText(key)
  const statement = { network: "localnet", register: register.accountId, public_key, nonce }
  return { public_key, ...bind(machine, workerReportData(nodePrimitives, statement), boot) }
}

/** The same for the two keys of a keystore, with a nonce that is drawn for them. */
export async function presentKeystore(registered: Registered) {
  const { register, machine } = registered
  const signing = await newKeyPair()
  const keys = { signing_key: keyText(signing), encryption_key: "ab".repeat(32) }
  const nonce = await begin(registered, signing)
  const statement = { network: "localnet", register: register.accountId, ...keys, nonce }
  return { keys, presented: bind(machine, keystoreReportData(nodePrimitives, statement)) }
}

function bind(machine: Pki, data: Uint8Array, boot: Partial<Boot> = {}) {
  const events = bootEvents({ composeHash: COMPOSE_HASH, ...boot })
  const reportData = Buffer.from(data).toString("hex")
  const quote = createQuote(machine, { report: { rtmr3: replay(events), reportData } })
  return {
    tdx_quote_hex: Buffer.from(quote).toString("hex"),
    event_log: JSON.stringify(events),
  }
}

export async function registerKey(
  registered: Registered,
  key: KeyPair,
  from = registered.init,
): Promise<TransactionResult> {
  const { register } = registered
  const presented = present(registered, key, await begin(registered, key, from))
  return from.callRaw(register, "register_worker_key", presented, GAS)
}

/** Null for a stranger. */
export async function workerOf({ register }: Registered, key: KeyPair) {
  const args = { public_key: keyText(key) }
  return register.view<{ is_live: boolean; reason: string | null } | null>("get_worker", args)
}

/** What the register account's keys may do, but for its own, which may do all. */
export async function accessKeysOf({ register }: Registered): Promise<Map<string, unknown>> {
  const { keys } = (await register.viewAccessKeys(register.accountId)) as unknown as AccessKeys
  const limited = keys.filter(({ access_key }) => access_key.permission !== "FullAccess")
  return new Map(limited.map(({ public_key, access_key }) => [public_key, access_key.permission]))
}

/** near-workspaces has another shape for it than the chain. */
interface AccessKeys {
  keys: { public_key: string; access_key: { permission: unknown } }[]
}
