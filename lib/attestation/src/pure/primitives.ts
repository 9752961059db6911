/** What a service has from node:crypto and Buffer, and a contract from its chain and C. */
export interface Primitives {
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  readonly sha384: (bytes: Uint8Array) => Uint8Array
  /** Keccak before it became SHA-3: the one of Ethereum, and of MRCONFIGID's second form. */
  readonly keccak256: (bytes: Uint8Array) => Uint8Array
  /**
   * ECDSA on P-256 over the message's SHA-256. `signature` is r || s, 64 bytes, either half of s;
   * `publicKey` is x || y, 64 bytes, on the curve.
   */
  readonly p256Verify: (
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array,
  ) => boolean
  readonly utf8: (text: string) => Uint8Array
  /** Lower case. */
  readonly encodeHex: (bytes: Uint8Array) => string
  /** Either case; undefined where the text is not hex, whole bytes. */
  readonly decodeHex: (text: string) => Uint8Array | undefined
  /** RFC 4648 section 4, padded and canonical; undefined where the text is not that. */
  readonly decodeBase64: (text: string) => Uint8Array | undefined
  /** Each byte one character, U+0000 to U+00FF. */
  readonly latin1: (bytes: Uint8Array) => string
}
