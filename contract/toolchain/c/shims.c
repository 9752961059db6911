/* What QuickJS asks of a C library beyond wasi-libc, and what must not reach WASI: a contract has only `env`. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include "engine.h"
#include "host.h"

/* While a contract is being built there is no block; Date then says 1970. */
int engine_clock_runs;

int gettimeofday(struct timeval *time, void *zone)
{
  uint64_t nanoseconds = engine_clock_runs ? host_block_timestamp() : 0;
  time->tv_sec = nanoseconds / 1000000000;
  time->tv_usec = nanoseconds % 1000000000 / 1000;
  return 0;
}

/* QuickJS wants tm_gmtoff only: a chain has no time zone. */
struct tm *localtime_r(const time_t *time, struct tm *result)
{
  memset(result, 0, sizeof *result);
  return result;
}

_Noreturn void abort(void)
{
  __builtin_trap();
}

_Noreturn void __assert_fail(const char *text, const char *file, int line, const char *function)
{
  __builtin_trap();
}
