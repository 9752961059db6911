/* The heap: size classes with free lists over a bump pointer. A call lives for milliseconds and is thrown
   away whole, so nothing is merged; a malloc costs about 20 operators instead of dlmalloc's 100.

   A block is a 4-byte header (its class) and a payload aligned to 8, so payloads hold 8n + 4 bytes. */
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include "quickjs.h"
#include "engine.h"

#define SMALL_CLASSES 64 /* 4, 12, ... 508 bytes */
#define LARGE_CLASSES 92 /* then four to a doubling, up to 2^32 */
#define PAGE 65536

extern unsigned char __heap_base;

static uint8_t *free_lists[SMALL_CLASSES + LARGE_CLASSES];
static uint32_t top; /* where the next new block begins; always 4 modulo 8 */
static uint32_t end;

static inline uint32_t class_of(const void *payload)
{
  return ((const uint32_t *)payload)[-1];
}

static inline uint32_t capacity_of(uint32_t class)
{
  if (class < SMALL_CLASSES) return class * 8 + 4;
  uint32_t step = class - SMALL_CLASSES;
  return ((4 + (step & 3) + 1) << (7 + (step >> 2))) - 4;
}

static inline uint32_t class_for(size_t size)
{
  if (size <= 508) return (size + 3) >> 3;
  uint32_t need = size + 3; /* capacity + 4 is (5..8) << (7 + k) */
  uint32_t shift = 31 - __builtin_clz(need) - 2;
  return SMALL_CLASSES + (shift - 7) * 4 + (need >> shift) - 4;
}

static int reach(uint32_t limit)
{
  if (end == 0) {
    top = (((uint32_t)&__heap_base + 7) & ~7u) + 4;
    end = (uint32_t)__builtin_wasm_memory_size(0) * PAGE;
    limit += top;
  }
  if (limit <= end) return 1;
  uint32_t pages = (limit - end + PAGE - 1) / PAGE;
  if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return 0;
  end += pages * PAGE;
  return 1;
}

void *malloc(size_t size)
{
  if (size > 0x7fff0000) return NULL;
  uint32_t class = class_for(size);
  uint8_t *payload = free_lists[class];
  if (payload) {
    free_lists[class] = *(uint8_t **)payload;
    return payload;
  }
  uint32_t stride = capacity_of(class) + 4;
  if (top + stride > end && !reach(top + stride)) return NULL;
  payload = (uint8_t *)(top + 4);
  ((uint32_t *)payload)[-1] = class;
  top += stride;
  return payload;
}

void free(void *payload)
{
  if (!payload) return;
  uint32_t class = class_of(payload);
  *(uint8_t **)payload = free_lists[class];
  free_lists[class] = payload;
}

size_t malloc_usable_size(const void *payload)
{
  return payload ? capacity_of(class_of(payload)) : 0;
}

void *realloc(void *payload, size_t size)
{
  if (!payload) return malloc(size);
  uint32_t capacity = capacity_of(class_of(payload));
  if (size <= capacity) return payload;
  void *larger = malloc(size);
  if (!larger) return NULL;
  memcpy(larger, payload, capacity);
  free(payload);
  return larger;
}

void *calloc(size_t count, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *payload = malloc(bytes);
  if (payload) memset(payload, 0, bytes);
  return payload;
}

/* What was freed while starting must not be paid for as part of the snapshot. */
void engine_clear_free_blocks(void)
{
  for (int class = 0; class < SMALL_CLASSES + LARGE_CLASSES; class++)
    for (uint8_t *payload = free_lists[class]; payload; payload = *(uint8_t **)payload)
      memset(payload + sizeof(uint8_t *), 0, capacity_of(class) - sizeof(uint8_t *));
}

static void *counted_malloc(JSMallocState *state, size_t size)
{
  void *payload = malloc(size);
  if (payload) state->malloc_size += malloc_usable_size(payload);
  return payload;
}

static void counted_free(JSMallocState *state, void *payload)
{
  if (!payload) return;
  state->malloc_size -= malloc_usable_size(payload);
  free(payload);
}

static void *counted_realloc(JSMallocState *state, void *payload, size_t size)
{
  if (size == 0) {
    counted_free(state, payload);
    return NULL;
  }
  size_t before = malloc_usable_size(payload);
  void *moved = realloc(payload, size);
  if (moved) state->malloc_size += malloc_usable_size(moved) - before;
  return moved;
}

/* QuickJS collects cycles by this sum, so it is kept. */
const JSMallocFunctions engine_malloc_functions = {
  counted_malloc, counted_free, counted_realloc, malloc_usable_size,
};
