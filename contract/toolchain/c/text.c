/* snprintf and strtod on libbf, which BigInt needs anyway. wasi-libc's would cost 40 KB, cannot round down or up
   (QuickJS asks for that to round as JavaScript must), and import WASI. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libbf.h"

static bf_context_t context;
static int rounding;

int fesetround(int mode)
{
  rounding = mode;
  return 0;
}

static void *reallocate(void *opaque, void *block, size_t size)
{
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static void begin(bf_t *number)
{
  if (!context.realloc_func) bf_context_init(&context, reallocate, NULL);
  bf_init(&context, number);
}

double strtod(const char *text, char **end)
{
  bf_t number;
  double value;
  begin(&number);
  bf_atof(&number, text, (const char **)end, 10, 53, BF_RNDN | bf_set_exp_bits(11) | BF_FLAG_SUBNORMAL);
  bf_get_float64(&number, &value, BF_RNDN);
  bf_delete(&number);
  return value;
}

/* 'e': digits + 1 significant ones and an exponent; 'f': digits after the point. The caller frees. */
static char *format_double(double value, char style, int digits)
{
  bf_t number;
  size_t length;
  int round = rounding == FE_DOWNWARD ? BF_RNDD : rounding == FE_UPWARD ? BF_RNDU : BF_RNDN;
  begin(&number);
  bf_set_float64(&number, value);
  char *text = style == 'e'
    ? bf_ftoa(&length, &number, 10, digits + 1, BF_FTOA_FORMAT_FIXED | BF_FTOA_FORCE_EXP | round)
    : bf_ftoa(&length, &number, 10, digits, BF_FTOA_FORMAT_FRAC | round);
  bf_delete(&number);
  return text;
}

struct sink { char *at; size_t room; size_t wanted; };

static void put(struct sink *sink, const char *text, size_t length)
{
  sink->wanted += length;
  if (length > sink->room) length = sink->room;
  memcpy(sink->at, text, length);
  sink->at += length;
  sink->room -= length;
}

static void put_integer(struct sink *sink, uint64_t value, int negative, int base, int width, char fill)
{
  char digits[24], *digit = digits + sizeof digits;
  do *--digit = "0123456789abcdef"[value % base];
  while (value /= base);
  int length = digits + sizeof digits - digit + negative;
  if (negative && fill == '0') put(sink, "-", 1);
  for (; width > length; width--) put(sink, &fill, 1);
  if (negative && fill != '0') put(sink, "-", 1);
  put(sink, digit, length - negative);
}

/* The conversions that QuickJS uses: % c s d i u x p e f, with 0, +, width, precision, *, l and ll. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list list)
{
  struct sink sink = { buffer, size ? size - 1 : 0, 0 };
  for (; *format; format++) {
    if (*format != '%') {
      put(&sink, format, 1);
      continue;
    }
    int plus = 0, width = 0, precision = -1, longs = 0;
    char fill = ' ';
    for (format++; *format == '+' || *format == '0'; format++)
      if (*format == '+') plus = 1;
      else fill = '0';
    for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + *format - '0';
    if (*format == '.') {
      precision = 0;
      if (*++format == '*') precision = va_arg(list, int), format++;
      for (; *format >= '0' && *format <= '9'; format++) precision = precision * 10 + *format - '0';
    }
    for (; *format == 'l'; format++) longs++;
    switch (*format) {
    case 'c': {
      char c = va_arg(list, int);
      put(&sink, &c, 1);
      break;
    }
    case 's': {
      const char *text = va_arg(list, const char *);
      put(&sink, text, precision < 0 ? strlen(text) : strnlen(text, precision));
      break;
    }
    case 'd':
    case 'i': {
      int64_t value = longs == 2 ? va_arg(list, long long) : va_arg(list, int);
      put_integer(&sink, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, 10, width, fill);
      break;
    }
    case 'u':
    case 'x':
    case 'p': {
      uint64_t value = longs == 2 ? va_arg(list, unsigned long long) : va_arg(list, unsigned);
      put_integer(&sink, value, 0, *format == 'u' ? 10 : 16, width, fill);
      break;
    }
    case 'e':
    case 'f': {
      double value = va_arg(list, double);
      char *text = format_double(value, *format, precision < 0 ? 6 : precision);
      if (plus && text && *text != '-') put(&sink, "+", 1);
      if (text) put(&sink, text, strlen(text));
      free(text);
      break;
    }
    default:
      put(&sink, format, 1);
    }
  }
  if (size) *sink.at = 0;
  return sink.wanted;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  int length = vsnprintf(buffer, size, format, list);
  va_end(list);
  return length;
}

/* QuickJS prints only before it gives up. */
int printf(const char *format, ...)
{
  return 0;
}

int putchar(int c)
{
  return c;
}
