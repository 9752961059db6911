// NEAR's host functions that near-sdk-js 2.0.0 does not have, and text and bytes in C. For contracts only.

declare const env: {
  promise_yield_create(
    method: string,
    args: Uint8Array,
    gas: bigint | number,
    gasWeight: bigint | number,
    register: bigint | number,
  ): bigint
  promise_yield_resume(dataId: Uint8Array, payload: Uint8Array): bigint
  ed25519_verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): bigint
  p256_verify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): bigint
  read_register(register: bigint | number): Uint8Array | undefined
  sha256(data: Uint8Array, register: bigint | number): void
  sha384(data: Uint8Array): Uint8Array
  hex_encode(data: Uint8Array): string
  hex_decode(text: string): Uint8Array | undefined
  base64_encode(data: Uint8Array): string
  base64_decode(text: string): Uint8Array | undefined
}

export interface Yield {
  /** The promise that the yielded callback will fulfil; `near.promiseReturn` takes it. */
  readonly promise: bigint
  /** 32 bytes: what resumes it. */
  readonly dataId: Uint8Array
}

export interface YieldParams {
  readonly method: string
  readonly args: Uint8Array
  readonly gas: bigint
  readonly gasWeight: bigint
  /** The register that the data id passes through; 37 unless given. */
  readonly register?: number
}

/** Calls `method` of this contract once the yield is resumed, or 200 blocks later. */
export function promiseYieldCreate({ register = 37, ...params }: YieldParams): Yield {
  const { method, args, gas, gasWeight } = params
  const promise = env.promise_yield_create(method, args, gas, gasWeight, register)
  const dataId = env.read_register(register)
  if (!dataId) throw new Error(`register ${register} is empty`)
  return { promise, dataId }
}

/** Whether a yield of this contract was waiting for `dataId`. `payload` has at most 1,024 bytes. */
export function promiseYieldResume(dataId: Uint8Array, payload: Uint8Array): boolean {
  return env.promise_yield_resume(dataId, payload) === 1n
}

export function ed25519Verify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return env.ed25519_verify(signature, message, publicKey) === 1n
}

/**
 * ECDSA on P-256 over SHA-256. `signature` is r and s, 64 bytes; `publicKey` is compressed, 33 bytes.
 * The message is hashed here, since the host function takes a digest.
 */
export function p256Verify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  env.sha256(message, 0)
  const digest = env.read_register(0)
  return digest !== undefined && env.p256_verify(signature, digest, publicKey) === 1n
}

/** Computed in the contract (about 90 Ggas a kilobyte): NEAR has no host function for it. */
export const sha384 = (data: Uint8Array): Uint8Array => env.sha384(data)

export const encodeHex = (data: Uint8Array): string => env.hex_encode(data)

/** Either case; undefined where the text is not hex. */
export const decodeHex = (text: string): Uint8Array | undefined => env.hex_decode(text)

export const encodeBase64 = (data: Uint8Array): string => env.base64_encode(data)

/** RFC 4648 section 4, padded and canonical; undefined where the text is not that. */
export const decodeBase64 = (text: string): Uint8Array | undefined => env.base64_decode(text)
