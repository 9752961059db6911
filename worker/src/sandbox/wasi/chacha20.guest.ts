/** ChaCha20's key stream (RFC 8439, section 2.3) with a zero nonce: randomness from a seed. */

const BLOCK_BYTES = 64
/** "expand 32-byte k", section 2.3. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]

/** The key stream from block 0 on. `key` has 32 bytes. */
export class ChaCha20 {
  readonly #state = new Uint32Array(16)
  readonly #block = new Uint32Array(16)
  readonly #blockBytes = new Uint8Array(this.#block.buffer)
  #used = BLOCK_BYTES

  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError(`key has ${key.length} bytes, not 32`)
    this.#state.set(CONSTANTS)
    const words = new DataView(key.buffer, key.byteOffset, key.length)
    for (let i = 0; i < 8; i += 1) this.#state[4 + i] = words.getUint32(4 * i, true)
  }

  fill(target: Uint8Array): void {
    for (let at = 0; at < target.length;) {
      if (this.#used === BLOCK_BYTES) this.#nextBlock()
      const part = this.#blockBytes.subarray(this.#used, this.#used + target.length - at)
      target.set(part, at)
      at += part.length
      this.#used += part.length
    }
  }

  #nextBlock(): void {
    const state = this.#state
    const block = this.#block
    block.set(state)
    for (let round = 0; round < 10; round += 1) {
      quarterRound(block, 0, 4, 8, 12)
      quarterRound(block, 1, 5, 9, 13)
      quarterRound(block, 2, 6, 10, 14)
      quarterRound(block, 3, 7, 11, 15)
      quarterRound(block, 0, 5, 10, 15)
      quarterRound(block, 1, 6, 11, 12)
      quarterRound(block, 2, 7, 8, 13)
      quarterRound(block, 3, 4, 9, 14)
    }
    for (let i = 0; i < 16; i += 1) block[i] = word(block, i) + word(state, i)
    // Words 12 and 13 as one counter: RFC 8439's has 32 bits, the original's 64.
    state[12] = word(state, 12) + 1
    if (state[12] === 0) state[13] = word(state, 13) + 1
    this.#used = 0
  }
}

/** Section 2.1. */
function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a] = word(x, a) + word(x, b)
  x[d] = rotate(word(x, d) ^ word(x, a), 16)
  x[c] = word(x, c) + word(x, d)
  x[b] = rotate(word(x, b) ^ word(x, c), 12)
  x[a] = word(x, a) + word(x, b)
  x[d] = rotate(word(x, d) ^ word(x, a), 8)
  x[c] = word(x, c) + word(x, d)
  x[b] = rotate(word(x, b) ^ word(x, c), 7)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** All indices here are below 16. */
function word(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}
