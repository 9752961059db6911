/* Just enough JSON: one object with the whole numbers min and max, in any order, no more. */
#include "random-ark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at) { return at + strspn(at, " \t\n\r"); }

static bool take(const char **at, const char *wanted) {
  const char *here = skip_space(*at);
  size_t length = strlen(wanted);
  if (strncmp(here, wanted, length) != 0) return false;
  *at = here + length;
  return true;
}

/* As JSON writes them: no plus, no leading zero, no fraction. */
static bool take_number(const char **at, int64_t *number) {
  const char *here = skip_space(*at);
  const char *digits = here + (*here == '-');
  size_t count = strspn(digits, "0123456789");
  if (count == 0 || (count > 1 && *digits == '0')) return false;
  if (strchr(".eE", digits[count]) != NULL && digits[count] != '\0') return false;
  errno = 0;
  *number = strtoll(here, NULL, 10);
  *at = digits + count;
  return errno == 0;
}

const char *read_range(const char *text, struct range *range) {
  bool has_min = false, has_max = false;
  const char *at = text;
  if (!take(&at, "{")) return "expected {\"min\": 1, \"max\": 6}";
  do {
    bool is_min = take(&at, "\"min\"");
    if (!is_min && !take(&at, "\"max\"")) return "unknown field: give min and max";
    bool *has = is_min ? &has_min : &has_max;
    if (*has) return "min or max is given twice";
    *has = true;
    if (!take(&at, ":")) return "expected {\"min\": 1, \"max\": 6}";
    if (!take_number(&at, is_min ? &range->min : &range->max)) {
      return "min and max must be whole numbers of 64 bits";
    }
  } while (take(&at, ","));
  if (!take(&at, "}")) return "expected {\"min\": 1, \"max\": 6}";
  if (*skip_space(at) != '\0') return "something follows the object";
  if (!has_min || !has_max) return "both min and max are needed";
  if (range->min > range->max) return "min is above max";
  return NULL;
}
