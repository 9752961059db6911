/**
 * What the keystore publishes: the key that inline secrets are sealed to. Whether its holder is
 * attested, the register contract says.
 */
import { decodePublicKey, MAX_KEY_EPOCH, requirePublicKey } from "@outlayer/protocol/pure"
import { isAbsent, readFields, readHex, readText, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

type Published = [
  encryptionKey: string,
  signingKey: string | null,
  epoch: number,
  publishedAt: string,
]

const KEY = "k"

/** A key is for good in its epoch: a keystore with other keys must publish them under the next. */
export function setKeystorePubkey(state: State, host: Host, args: unknown): void {
  if (host.predecessor() !== state.keystore) {
    throw new Error("Only the keystore account can call this")
  }
  const fields = readFields(args, "arguments", ["pubkey", "pubkey_hex", "signing_key", "epoch"])
  const name = isAbsent(fields["pubkey"]) ? "pubkey_hex" : "pubkey"
  const encryptionKey = readHex(fields[name], "pubkey", 32)
  requirePublicKey(Uint8Array.from(encryptionKey.match(/../g) ?? [], (byte) => parseInt(byte, 16)))
  const signingKey = readSigningKey(fields["signing_key"])
  const epoch = isAbsent(fields["epoch"]) ? 0 : readWhole(fields["epoch"], "epoch")
  if (epoch > MAX_KEY_EPOCH) throw new Error(`epoch must be at most ${MAX_KEY_EPOCH}`)
  const before = read(host)
  const isOther = before?.[0] !== encryptionKey || before[1] !== signingKey
  if (before && (epoch < before[2] || (epoch === before[2] && isOther))) {
    throw new Error(`Epoch ${before[2]} has other keys: publish yours under the next one`)
  }
  if (before?.[2] === epoch) return
  const published: Published = [encryptionKey, signingKey, epoch, String(host.blockTimestamp())]
  host.write(KEY, JSON.stringify(published))
}

/** With the account that published them go the keys. */
export function forgetKeystoreKeys(host: Host): void {
  host.remove(KEY)
}

export function getKeystorePubkey(host: Host): string | null {
  return read(host)?.[0] ?? null
}

/** `registration`: where to ask, with `get_keystore`, whether these keys have a live one. */
export function getKeystoreKeys(state: State, host: Host): unknown {
  const published = read(host)
  if (!published) return null
  const [encryptionKey, signingKey, epoch, publishedAt] = published
  return {
    encryption_key: encryptionKey,
    signing_key: signingKey,
    epoch,
    published_at: publishedAt,
    keystore_account_id: state.keystore,
    registration: state.register === null ? null : { register_contract_id: state.register },
  }
}

function read(host: Host): Published | undefined {
  const record = host.read(KEY)
  // Written by `setKeystorePubkey`.
  return record === undefined ? undefined : (JSON.parse(record) as Published)
}

function readSigningKey(value: unknown): string | null {
  if (isAbsent(value)) return null
  const text = readText(value, "signing_key")
  if (decodePublicKey(text)) return text
  throw new Error(`signing_key is not an ed25519 key: ${text.slice(0, 80)}`)
}
