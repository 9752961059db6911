/* Included before every QuickJS source: what wasi-libc does not have, and shims.c gives. */
#include <stddef.h>
#include <stdint.h>

#define FE_TONEAREST 0
#define FE_DOWNWARD 1
#define FE_UPWARD 2

size_t malloc_usable_size(const void *block);

/* Enlarges a function's frame on the shadow stack, which QuickJS measures, towards what NEAR counts for it. */
#define STACK_WEIGHT(bytes) char weight[bytes]; __asm__ volatile("" : : "r"(weight))

/* Text, eight bytes at a time: what QuickJS does byte by byte is a tenth of a call's operators. */
typedef uint64_t __attribute__((aligned(1), may_alias)) text_word;
#define EACH(byte) ((byte) * 0x0101010101010101u)

static inline int engine_count_high(const uint8_t *text, int length)
{
  int count = 0;
  for (; length >= 8; length -= 8, text += 8) count += __builtin_popcountll(*(const text_word *)text & EACH(0x80));
  while (length-- > 0) count += *text++ >> 7;
  return count;
}

static inline size_t engine_ascii_prefix(const uint8_t *text, size_t length)
{
  size_t at = 0;
  while (at + 8 <= length && !(*(const text_word *)(text + at) & EACH(0x80))) at += 8;
  while (at < length && text[at] < 0x80) at++;
  return at;
}

/* How many characters a JSON string holds as they are: no controls, quotes, backslashes, and nothing from `limit`. */
static inline size_t engine_plain_prefix(const uint8_t *text, size_t length, unsigned limit)
{
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word = *(const text_word *)(text + at);
    uint64_t quote = word ^ EACH(0x22), backslash = word ^ EACH(0x5c);
    uint64_t special = (word - EACH(0x20)) & ~word;
    special |= (quote - EACH(1)) & ~quote;
    special |= (backslash - EACH(1)) & ~backslash;
    if (limit < 256) special |= word;
    if (special & EACH(0x80)) break;
  }
  while (at < length && text[at] >= 0x20 && text[at] != '"' && text[at] != '\\' && text[at] < limit) at++;
  return at;
}
