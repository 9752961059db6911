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
  chain_id(register: bigint | number): void
  sha256(data: Uint8Array, register: bigint | number): void
  sha384(data: Uint8Array): Uint8Array
  hex_encode(data: Uint8Array): string
  hex_decode(text: string): Uint8Array | undefined
  base64_encode(data: Uint8Array): string
  base64_decode(text: string): Uint8Array | undefined
  utf8_string_to_uint8array(text: string): Uint8Array
  uint8array_to_utf8_string(data: Uint8Array): string
  uint8array_to_latin1_string(data: Uint8Array): string
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
  return { promise, dataId: readRegister(register) }
}

/** Whether a yield of this contract was waiting for `dataId`. `payload` has at most 1,024 bytes. */
export function promiseYieldResume(dataId: Uint8Array, payload: Uint8Array): boolean {
  return env.promise_yield_resume(dataId, payload) === 1n
}

/** "mainnet", "testnet", or what a chain of somebody's own is called. Protocol version 85 and later. */
export function chainId(): string {
  env.chain_id(0)
  return decodeUtf8(readRegister(0))
}

/** `signature` has 64 bytes, `publicKey` 32; of another length they verify nothing. */
export function ed25519Verify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false
  return env.ed25519_verify(signature, message, publicKey) === 1n
}

/**
 * ECDSA on P-256 over SHA-256. `signature` is r and s, 64 bytes, s in either half; `publicKey` is a
 * compressed point, 33 bytes, or x and y, 64 bytes. Of another length they verify nothing.
 * The host takes compressed points, so of y only the parity counts: that a point of 64 bytes is on
 * the curve, the caller knows.
 */
export function p256Verify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const point = publicKey.length === 64 ? compress(publicKey) : publicKey
  if (signature.length !== 64 || point.length !== 33) return false
  return env.p256_verify(signature, sha256(message), point) === 1n
}

export function sha256(data: Uint8Array): Uint8Array {
  env.sha256(data, 0)
  return readRegister(0)
}

/** Computed in the contract: NEAR has no host function for it. */
export const sha384 = (data: Uint8Array): Uint8Array => env.sha384(data)

export const encodeHex = (data: Uint8Array): string => env.hex_encode(data)

/** Either case; undefined where the text is not hex. */
export const decodeHex = (text: string): Uint8Array | undefined => env.hex_decode(text)

export const encodeBase64 = (data: Uint8Array): string => env.base64_encode(data)

/** RFC 4648 section 4, padded and canonical; undefined where the text is not that. */
export const decodeBase64 = (text: string): Uint8Array | undefined => env.base64_decode(text)

export const encodeUtf8 = (text: string): Uint8Array => env.utf8_string_to_uint8array(text)

export const decodeUtf8 = (data: Uint8Array): string => env.uint8array_to_utf8_string(data)

/** Each byte one character, U+0000 to U+00FF. */
export const decodeLatin1 = (data: Uint8Array): string => env.uint8array_to_latin1_string(data)

function compress(point: Uint8Array): Uint8Array {
  const compressed = new Uint8Array(33)
  compressed[0] = 2 + ((point[63] ?? 0) & 1)
  compressed.set(point.subarray(0, 32), 1)
  return compressed
}

function readRegister(register: number): Uint8Array {
  const data = env.read_register(register)
  if (!data) throw new Error(`register ${register} is empty`)
  return data
}
