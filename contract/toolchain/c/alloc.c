/* The heap: size classes with free lists over a bump pointer. A call lives for milliseconds and is thrown
   away whole, so nothing is merged; a malloc costs about 20 operators instead of dlmalloc's 100.

   A block is a 4-byte header (its capacity) and a payload aligned to 8, so payloads hold 8n + 4 bytes. */
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

static inline uint32_t *capacity_of(const void *payload)
{
  return (uint32_t *)payload - 1;
}

/* The smallest class that holds `size` bytes, and what it holds. A large capacity + 4 is (5..8) << shift. */
static inline uint32_t class_for(size_t size, uint32_t *capacity)
{
  uint32_t need = size + 3;
  if (size <= 508) {
    *capacity = (need & ~7u) + 4;
    return need >> 3;
  }
  uint32_t shift = 29 - __builtin_clz(need);
  *capacity = (((need >> shift) + 1) << shift) - 4;
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

static inline void *take(size_t size)
{
  if (size > 0x7fff0000) return NULL;
  uint32_t capacity, class = class_for(size, &capacity);
  uint8_t *payload = free_lists[class];
  if (payload) {
    free_lists[class] = *(uint8_t **)payload;
    return payload;
  }
  if (top + capacity + 4 > end && !reach(top + capacity + 4)) return NULL;
  payload = (uint8_t *)(top + 4);
  *capacity_of(payload) = capacity;
  top += capacity + 4;
  return payload;
}

static inline void give(void *payload)
{
  uint32_t capacity, class = class_for(*capacity_of(payload), &capacity);
  *(uint8_t **)payload = free_lists[class];
  free_lists[class] = payload;
}

void *malloc(size_t size)
{
  return take(size);
}

void free(void *payload)
{
  if (payload) give(payload);
}

size_t malloc_usable_size(const void *payload)
{
  return payload ? *capacity_of(payload) : 0;
}

void *realloc(void *payload, size_t size)
{
  if (!payload) return malloc(size);
  uint32_t capacity = *capacity_of(payload);
  if (size <= capacity) return payload;
  void *larger = malloc(size);
  if (!larger) return NULL;
  memcpy(larger, payload, capacity);
  give(payload);
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
      memset(payload + sizeof(uint8_t *), 0, *capacity_of(payload) - sizeof(uint8_t *));
}

static void *counted_malloc(JSMallocState *state, size_t size)
{
  void *payload = take(size);
  if (payload) state->malloc_size += *capacity_of(payload);
  return payload;
}

static void counted_free(JSMallocState *state, void *payload)
{
  if (!payload) return;
  state->malloc_size -= *capacity_of(payload);
  give(payload);
}

static void *counted_realloc(JSMallocState *state, void *payload, size_t size)
{
  if (!payload) return counted_malloc(state, size);
  if (size == 0) {
    counted_free(state, payload);
    return NULL;
  }
  uint32_t capacity = *capacity_of(payload);
  if (size <= capacity) return payload;
  void *moved = realloc(payload, size);
  if (moved) state->malloc_size += *capacity_of(moved) - capacity;
  return moved;
}

/* QuickJS collects cycles by this sum, so it is kept. */
const JSMallocFunctions engine_malloc_functions = {
  counted_malloc, counted_free, counted_realloc, malloc_usable_size,
};
