/* Included before every QuickJS source: what wasi-libc does not have, and shims.c gives. */
#include <stddef.h>

#define FE_TONEAREST 0
#define FE_DOWNWARD 1
#define FE_UPWARD 2

size_t malloc_usable_size(const void *block);

/* Enlarges a function's frame on the shadow stack, which QuickJS measures, towards what NEAR counts for it. */
#define STACK_WEIGHT(bytes) char weight[bytes]; __asm__ volatile("" : : "r"(weight))
