/** What contracts say of attested machines: `register`'s views, and outlayer's `get_keystore_keys`. */
import { z } from "zod"
import { AccountId, Nanoseconds, PublicKey, Whole } from "./near.ts"

const Registration = z.object({
  account_id: AccountId,
  measurement: z.string(),
  expires_at_ns: Nanoseconds,
  /** Registered by a quote, under a measurement that is approved still, and not expired. */
  is_live: z.boolean(),
  /** By a test root nothing is protected. */
  root: z.enum(["intel", "test"]),
})

/** X25519, hex. */
const EncryptionKey = z.string().regex(/^[0-9a-f]{64}$/)

/** `begin_registration`: what the quote of a registration has to bind, besides the keys. */
export const BegunRegistration = z.object({
  nonce: z.string(),
  network: z.string(),
  register: z.string(),
})

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))

const Program = z.object({
  role: z.enum(["worker", "keystore"]),
  mrtd: hex(48),
  rtmr0: hex(48),
  rtmr1: hex(48),
  rtmr2: hex(48),
  compose_hash: hex(32),
})
const KeyOrigin = z.object({
  key_provider: z.string(),
  key_provider_id: z.string(),
  app_id: hex(20),
})
const Anywhere = z.object({
  key_provider: z.null(),
  key_provider_id: z.null(),
  app_id: z.null(),
})

/** One of `get_approved_measurements`. Of the origin of its keys it names all or nothing. */
export const ApprovedMeasurement = z.intersection(Program, z.union([KeyOrigin, Anywhere]))

/** `get_keystore`; null before the first. */
export const RegisteredKeystore = Registration.extend({
  encryption_key: EncryptionKey,
  signing_key: PublicKey,
})
export type RegisteredKeystore = z.infer<typeof RegisteredKeystore>

/** `get_worker` of a key; null for a stranger's. */
export const RegisteredWorker = Registration.extend({
  public_key: PublicKey,
  /** Why it is not live. */
  reason: z.string().nullable(),
})
export type RegisteredWorker = z.infer<typeof RegisteredWorker>

/** `get_keystore_keys`: of the keystore's account, registered or not. Null before the first. */
export const PublishedKeys = z.object({
  encryption_key: EncryptionKey,
  signing_key: PublicKey.nullable(),
  epoch: Whole,
})
export type PublishedKeys = z.infer<typeof PublishedKeys>
