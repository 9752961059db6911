// Does what its input's first word says: one guest for every way a run can end.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char input[70000];

// Nothing on the stack in memory, and no loop that a compiler could make of it.
__attribute__((noinline)) static int recurse(int depth) {
  int deeper = recurse(depth + 1);
  __asm__ volatile("" : "+r"(deeper));
  return deeper + depth;
}

static void repeat(long count, char what) {
  for (long i = 0; i < count; i++) putchar(what);
}

int main(void) {
  size_t length = fread(input, 1, sizeof input - 1, stdin);
  char word[16] = "";
  long number = 0;
  sscanf(input, "%15s %ld", word, &number);

  if (strcmp(word, "text") == 0) {
    repeat(number, 'a');
  } else if (strcmp(word, "json") == 0) {
    // A string whose JSON has as many bytes as asked for.
    putchar('"');
    repeat(number - 2, 'a');
    putchar('"');
  } else if (strcmp(word, "bytes") == 0) {
    for (long i = 0; i < number; i++) putchar((int)(i * 7 & 255));
  } else if (strcmp(word, "length") == 0) {
    printf("%zu", length);
  } else if (strcmp(word, "env") == 0) {
    char name[64] = "";
    sscanf(input, "%*s %63s", name);
    const char *value = getenv(name);
    printf("%s", value ? value : "(absent)");
  } else if (strcmp(word, "hash") == 0) {
    // FNV-1a: shows that a value is known, and not the value.
    char name[64] = "";
    sscanf(input, "%*s %63s", name);
    const char *value = getenv(name);
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *at = value; at && *at; at++) hash = (hash ^ (uint8_t)*at) * 0x100000001b3u;
    printf("%016llx", value ? (unsigned long long)hash : 0);
  } else if (strcmp(word, "exit") == 0) {
    printf("not seen");
    return (int)number;
  } else if (strcmp(word, "trap") == 0) {
    __builtin_trap();
  } else if (strcmp(word, "loop") == 0) {
    for (volatile uint32_t i = 0;; i++) {
    }
  } else if (strcmp(word, "recurse") == 0) {
    return recurse(0);
  } else if (strcmp(word, "grow") == 0) {
    for (;;) {
      char *volatile block = malloc(1 << 20);
      if (!block) abort();
      block[0] = 1;
    }
  } else {
    printf("{\"unknown\":true");
  }
  return 0;
}
