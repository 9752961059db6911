/* Fresh randomness: the host gives 32 new bytes of the operating system's generator to every run. */
#include "random-ark.h"

#include <unistd.h>

/* Each number is as likely as the others: a plain remainder would favour the low ones, so what lies
   above the last whole multiple is drawn again. */
bool draw_between(struct range range, int64_t *number) {
  uint64_t span = (uint64_t)range.max - (uint64_t)range.min;
  uint64_t drawn;
  if (span == UINT64_MAX) {
    if (getentropy(&drawn, sizeof drawn) != 0) return false;
    *number = (int64_t)drawn;
    return true;
  }
  uint64_t count = span + 1;
  uint64_t uneven = (UINT64_MAX % count + 1) % count;
  do {
    if (getentropy(&drawn, sizeof drawn) != 0) return false;
  } while (drawn > UINT64_MAX - uneven);
  *number = (int64_t)((uint64_t)range.min + drawn % count);
  return true;
}
