/* Copies by words of eight bytes, eight at a time: wasm has no alignment to respect, and NEAR counts operators. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((aligned(1), may_alias)) word;
typedef uint32_t __attribute__((aligned(1), may_alias)) half;
typedef uint16_t __attribute__((aligned(1), may_alias)) quarter;

__attribute__((no_builtin)) void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
  uint8_t *d = to;
  const uint8_t *s = from;
  for (; count >= 64; count -= 64, d += 64, s += 64) {
    word *dw = (word *)d;
    const word *sw = (const word *)s;
    dw[0] = sw[0], dw[1] = sw[1], dw[2] = sw[2], dw[3] = sw[3];
    dw[4] = sw[4], dw[5] = sw[5], dw[6] = sw[6], dw[7] = sw[7];
  }
  for (; count >= 8; count -= 8, d += 8, s += 8) *(word *)d = *(const word *)s;
  if (count & 4) *(half *)d = *(const half *)s, d += 4, s += 4;
  if (count & 2) *(quarter *)d = *(const quarter *)s, d += 2, s += 2;
  if (count & 1) *d = *s;
  return to;
}

__attribute__((no_builtin)) void *memmove(void *to, const void *from, size_t count)
{
  uint8_t *d = to;
  const uint8_t *s = from;
  if (d <= s || d >= s + count) {
    for (; count >= 8; count -= 8, d += 8, s += 8) *(word *)d = *(const word *)s;
    for (; count > 0; count--) *d++ = *s++;
    return to;
  }
  for (; count >= 8; count -= 8) *(word *)(d + count - 8) = *(const word *)(s + count - 8);
  while (count-- > 0) d[count] = s[count];
  return to;
}

__attribute__((no_builtin)) void *memset(void *to, int byte, size_t count)
{
  uint8_t *d = to;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101u;
  for (; count >= 32; count -= 32, d += 32) {
    word *w = (word *)d;
    w[0] = pattern, w[1] = pattern, w[2] = pattern, w[3] = pattern;
  }
  for (; count >= 8; count -= 8, d += 8) *(word *)d = pattern;
  for (; count > 0; count--) *d++ = byte;
  return to;
}

__attribute__((no_builtin)) int memcmp(const void *left, const void *right, size_t count)
{
  const uint8_t *l = left, *r = right;
  for (; count >= 8 && *(const word *)l == *(const word *)r; count -= 8) l += 8, r += 8;
  for (; count > 0; count--, l++, r++)
    if (*l != *r) return *l - *r;
  return 0;
}
