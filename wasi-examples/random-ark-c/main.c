/* Reads {"min": 1, "max": 6} from stdin, writes {"random_number": 4} to stdout: a whole number
   between the two, both included. */
#include "random-ark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *problem) {
  fprintf(stderr, "%s\n", problem);
  return 1;
}

int main(void) {
  char text[4096];
  size_t length = fread(text, 1, sizeof text, stdin);
  if (length == sizeof text) return fail("the input is too long");
  text[length] = '\0';
  if (strlen(text) != length) return fail("the input is no text");

  struct range range;
  const char *problem = read_range(text, &range);
  if (problem) return fail(problem);

  int64_t number;
  if (!draw_between(range, &number)) return fail("no randomness");
  printf("{\"random_number\":%" PRId64 "}\n", number);
  return fflush(stdout) == 0 ? 0 : 1;
}
