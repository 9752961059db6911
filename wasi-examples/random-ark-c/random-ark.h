#ifndef RANDOM_ARK_H
#define RANDOM_ARK_H

#include <stdbool.h>
#include <stdint.h>

struct range {
  int64_t min;
  int64_t max;
};

/* NULL, or what is wrong with the text. */
const char *read_range(const char *text, struct range *range);

/* False when the host has no randomness. */
bool draw_between(struct range range, int64_t *number);

#endif
