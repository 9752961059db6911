/* SHA-384, FIPS 180-4 sections 4.1.3, 5.3.4 and 6.4: NEAR has no host function for it. */
#include <string.h>
#include "engine.h"

/* The first 64 bits of the fractional parts of the cube roots of the first eighty primes (4.2.3). */
static const uint64_t round_constants[80] = {
#include "sha512-constants.h"
};

static inline uint64_t rotate(uint64_t x, int by)
{
  return x >> by | x << (64 - by);
}

static void compress(uint64_t state[8], const uint8_t block[128])
{
  uint64_t w[80], v[8];
  for (int t = 0; t < 16; t++) {
    uint64_t word;
    memcpy(&word, block + 8 * t, 8);
    w[t] = __builtin_bswap64(word);
  }
  for (int t = 16; t < 80; t++) {
    uint64_t s0 = rotate(w[t - 15], 1) ^ rotate(w[t - 15], 8) ^ w[t - 15] >> 7;
    uint64_t s1 = rotate(w[t - 2], 19) ^ rotate(w[t - 2], 61) ^ w[t - 2] >> 6;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  memcpy(v, state, sizeof v);
  for (int t = 0; t < 80; t++) {
    uint64_t a = v[0], e = v[4];
    uint64_t sum1 = rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41);
    uint64_t choose = (e & v[5]) ^ (~e & v[6]);
    uint64_t t1 = v[7] + sum1 + choose + round_constants[t] + w[t];
    uint64_t sum0 = rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39);
    uint64_t majority = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);
    v[7] = v[6], v[6] = v[5], v[5] = e, v[4] = v[3] + t1;
    v[3] = v[2], v[2] = v[1], v[1] = a, v[0] = t1 + sum0 + majority;
  }
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

void sha384(const uint8_t *data, size_t length, uint8_t digest[48])
{
  uint64_t state[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
  };
  uint8_t last[256] = { 0 };
  size_t rest = length % 128;
  for (size_t i = 0; i + 128 <= length; i += 128) compress(state, data + i);
  memcpy(last, data + length - rest, rest);
  last[rest] = 0x80;
  size_t padded = rest < 112 ? 128 : 256;
  uint64_t bits = __builtin_bswap64((uint64_t)length * 8);
  memcpy(last + padded - 8, &bits, 8);
  for (size_t i = 0; i < padded; i += 128) compress(state, last + i);
  for (int i = 0; i < 6; i++) {
    uint64_t word = __builtin_bswap64(state[i]);
    memcpy(digest + 8 * i, &word, 8);
  }
}
