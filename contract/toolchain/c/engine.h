/* What the parts of the engine offer each other. The engine is QuickJS with NEAR's host functions. */
#pragma once
#include <stdint.h>
#include "quickjs.h"

/* quickjs-tail.c */
JSValue engine_string_from_latin1(JSContext *ctx, const uint8_t *text, size_t length);
JSValue engine_take_bytes(JSContext *ctx, uint8_t *data, size_t length); /* owns `data`, made by js_malloc */
JSValue engine_copy_bytes(JSContext *ctx, const uint8_t *data, size_t length);
JSValue engine_bigint_from_u128(JSContext *ctx, const uint64_t words[2]);
int engine_bigint_to_u128(JSContext *ctx, uint64_t words[2], JSValueConst value);

/* alloc.c */
extern const JSMallocFunctions engine_malloc_functions;
void engine_clear_free_blocks(void);

/* host.c, encoding.c, sha384.c */
int engine_bytes(JSContext *ctx, JSValueConst value, const uint8_t **data, size_t *length);
void engine_add_host_functions(JSContext *ctx);
extern const JSCFunctionListEntry engine_encoding_functions[];
extern const int engine_encoding_count;
void sha384(const uint8_t *data, size_t length, uint8_t digest[48]);

/* shims.c */
extern int engine_clock_runs;
