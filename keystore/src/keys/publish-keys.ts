/**
 * At every start: the chain has no keys yet, ours of an older epoch, or the very ones that we have.
 * Anything else means another master secret, with which no stored secret would open: we stop.
 */
import { BegunRegistration, OutlayerError, type PublishedKeys } from "@outlayer/protocol"
import { keystoreReportData } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { CallContract } from "../chain/call-contract.ts"
import type { Chain } from "../chain/chain.ts"
import { type Accounts, openContracts } from "../chain/outlayer.ts"
import type { Keyring } from "./keyring.ts"

export interface PublishOptions {
  chain: Chain
  accounts: Accounts
  keyring: Keyring
  accountId: string
  call: CallContract
  getQuote: (reportData: Uint8Array) => Promise<{ quote: Uint8Array; eventLog: readonly unknown[] }>
}

/** Throws an error that says what to do, for a person to read. */
export async function publishKeys(options: PublishOptions): Promise<void> {
  const { chain, accounts, keyring, call } = options
  const published = await openContracts(await chain.refresh(), accounts).publishedKeys()
  if (published) requireOwn(published, keyring)
  await register(options)
  if (published?.epoch === keyring.epoch) return
  await call(accounts.outlayer, "set_keystore_pubkey", {
    pubkey: keyring.encryptionKey,
    signing_key: keyring.signing.publicKey,
    epoch: keyring.epoch,
  })
}

function requireOwn(published: PublishedKeys, keyring: Keyring): void {
  const own = keyring.publishedKeys().find(({ epoch }) => epoch === published.epoch)
  const isOwn =
    own?.encryptionKey === published.encryption_key && own.signingKey === published.signing_key
  if (isOwn) return
  throw new OutlayerError(
    "keystore_unavailable",
    `The chain has other keys for epoch ${published.epoch}: this is not the master secret that secrets were sealed for`,
  )
}

/** A day at most: each start does it anew, and the service again before it ends. */
export async function register(options: PublishOptions): Promise<void> {
  const { accounts, keyring, accountId, call, getQuote } = options
  const signing_key = keyring.signing.publicKey
  const encryption_key = keyring.encryptionKey
  const begun = await call(accounts.register, "begin_registration", { public_key: signing_key })
  const { nonce } = BegunRegistration.parse(begun)
  const statement = {
    network: keyring.network,
    register: accounts.register,
    encryption_key,
    signing_key,
    nonce,
  }
  const { quote, eventLog } = await getQuote(keystoreReportData(nodePrimitives, statement))
  const registered = await call(accounts.register, "register_keystore", {
    encryption_key,
    signing_key,
    tdx_quote_hex: Buffer.from(quote).toString("hex"),
    event_log: JSON.stringify(eventLog),
  })
  if (registered === null) throw new Error(`${accountId} could not register its keys`)
}
