/** The plaintext: names and values of environment variables, as JSON, padded to a few sizes. */
import { isReservedEnvName } from "./reserved-env.ts"
import { SealingError, type SealingPrimitives } from "./sealed-box.ts"
import { isWellFormed } from "./secret-scope.ts"

export type SecretValues = Readonly<Record<string, string>>

/** An observer learns the bucket and nothing finer. The largest fits `encryptedSecretsBytes`. */
const BUCKET_BYTES = [256, 512, 1024, 2048, 4096, 8192, 16_128]
const LENGTH_BYTES = 4
const MAX_NAMES = 128
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** A length (big-endian), the JSON, zeros up to the bucket's end. Throws `SealingError`. */
export function encodeSecretValues(
  primitives: SealingPrimitives,
  values: SecretValues,
): Uint8Array {
  requireSecretValues(values)
  const json = primitives.utf8(JSON.stringify(values))
  const bucket = BUCKET_BYTES.find((bytes) => bytes >= LENGTH_BYTES + json.length)
  if (bucket === undefined) {
    throw new SealingError("secrets_too_large", `secrets: at most ${maxJsonBytes()} bytes of JSON`)
  }
  const padded = new Uint8Array(bucket)
  new DataView(padded.buffer).setUint32(0, json.length)
  padded.set(json, LENGTH_BYTES)
  json.fill(0)
  return padded
}

/** Whoever sealed it may not have used the function above. Throws `SealingError`. */
export function decodeSecretValues(
  primitives: SealingPrimitives,
  padded: Uint8Array,
): SecretValues {
  if (!BUCKET_BYTES.includes(padded.length)) refuse(`${padded.length} bytes are no bucket`)
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength)
  const end = LENGTH_BYTES + view.getUint32(0)
  if (end > padded.length) refuse("longer than its bucket")
  for (let at = end; at < padded.length; at += 1) {
    if (padded[at] !== 0) refuse("padded with something else")
  }
  const values = parseJson(primitives, padded.subarray(LENGTH_BYTES, end))
  requireSecretValues(values)
  return values
}

/** Throws `SealingError`: a name that the system sets itself, or what no environment can hold. */
export function requireSecretValues(values: unknown): asserts values is SecretValues {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    refuse("not an object of names and values")
  }
  const entries: [string, unknown][] = Object.entries(values)
  if (entries.length > MAX_NAMES) {
    throw new SealingError("secrets_too_large", `secrets: at most ${MAX_NAMES} names`)
  }
  for (const [name, value] of entries) {
    if (!NAME.test(name)) {
      throw new SealingError("secret_name_invalid", "a name: letters, digits and _, at most 128")
    }
    if (isReservedEnvName(name)) {
      throw new SealingError("secret_name_reserved", `${name} is set by the system`)
    }
    if (typeof value !== "string" || value.includes("\0") || !isWellFormed(value)) {
      throw new SealingError("secret_value_invalid", `${name}: a string without NUL`)
    }
  }
}

function parseJson(primitives: SealingPrimitives, json: Uint8Array): unknown {
  try {
    return JSON.parse(primitives.fromUtf8(json))
  } catch {
    // The parser's own message would quote the secret.
    return refuse("not JSON in UTF-8")
  }
}

function maxJsonBytes(): number {
  return Math.max(...BUCKET_BYTES) - LENGTH_BYTES
}

function refuse(problem: string): never {
  throw new SealingError("secrets_malformed", `secrets: ${problem}`)
}
