/* NEAR's host functions as the global object `env`, with the names and arguments of near-sdk-js.

   Every host function takes u64s and gives nothing or a u64, so one table and one C function serve all:
   a letter says how a JavaScript argument becomes u64s.
     n  number or BigInt       -> its value
     b  Uint8Array             -> length, address
     s  string, as UTF-8       -> length, address
     u  number or BigInt, u128 -> address of 16 bytes
   After '>' the result: nothing, n (BigInt), u (a u128 that the host writes), i (an i32). */
#include <string.h>
#include "engine.h"
#include "host.h"

#define MAX_WORDS 16

typedef uint64_t W;

static const struct host_function { void *function; const char *signature; } host_functions[] = {
#define HOST(name, signature, parameters, result) { (void *)host_##name, signature },
#include "host-functions.h"
#undef HOST
};

enum {
#define HOST(name, signature, parameters, result) HOST_##name,
#include "host-functions.h"
#undef HOST
};

/* The only place where the signatures of the imports are told apart. */
static W call_with_result(void *f, const W *w, int count)
{
  switch (count) {
  case 0: return ((W (*)(void))f)();
  case 1: return ((W (*)(W))f)(w[0]);
  case 2: return ((W (*)(W, W))f)(w[0], w[1]);
  case 3: return ((W (*)(W, W, W))f)(w[0], w[1], w[2]);
  case 5: return ((W (*)(W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4]);
  case 6: return ((W (*)(W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5]);
  case 7: return ((W (*)(W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6]);
  case 8: return ((W (*)(W, W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
  case 9: return ((W (*)(W, W, W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]);
  }
  __builtin_trap();
}

static void call_without_result(void *f, const W *w, int count)
{
  switch (count) {
  case 1: ((void (*)(W))f)(w[0]); return;
  case 2: ((void (*)(W, W))f)(w[0], w[1]); return;
  case 3: ((void (*)(W, W, W))f)(w[0], w[1], w[2]); return;
  case 4: ((void (*)(W, W, W, W))f)(w[0], w[1], w[2], w[3]); return;
  case 7: ((void (*)(W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6]); return;
  case 8: ((void (*)(W, W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]); return;
  case 9: ((void (*)(W, W, W, W, W, W, W, W, W))f)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]); return;
  }
  __builtin_trap();
}

int engine_bytes(JSContext *ctx, JSValueConst value, const uint8_t **data, size_t *length)
{
  size_t offset, size, element;
  JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, length, &element);
  if (JS_IsException(buffer)) {
    JS_FreeValue(ctx, JS_GetException(ctx));
    return -1;
  }
  const uint8_t *start = JS_GetArrayBuffer(ctx, &size, buffer);
  JS_FreeValue(ctx, buffer); /* the array holds it */
  if (element != 1 || !start) return -1;
  *data = start + offset;
  return 0;
}

static int to_u64(JSContext *ctx, JSValueConst value, W *word)
{
  uint64_t words[2];
  if (engine_bigint_to_u128(ctx, words, value) || words[1]) return -1;
  *word = words[0];
  return 0;
}

static JSValue refuse(JSContext *ctx, int which, int position, const char *expected)
{
  static const char *const names[] = {
#define HOST(name, signature, parameters, result) #name,
#include "host-functions.h"
#undef HOST
  };
  return JS_ThrowTypeError(ctx, "%s: argument %d is not %s", names[which], position + 1, expected);
}

static JSValue call_host(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int which)
{
  W words[MAX_WORDS];
  uint64_t wide[2][2], result[2];
  const char *strings[3];
  int count = 0, wide_count = 0, string_count = 0, position = 0;
  const char *kind = host_functions[which].signature;
  JSValue refused = JS_UNDEFINED;

  for (; *kind && *kind != '>'; kind++, position++) {
    JSValueConst value = position < argc ? argv[position] : JS_UNDEFINED;
    size_t length;
    switch (*kind) {
    case 'n':
      if (to_u64(ctx, value, &words[count++])) refused = refuse(ctx, which, position, "a u64");
      break;
    case 'b': {
      const uint8_t *data;
      if (engine_bytes(ctx, value, &data, &length)) {
        refused = refuse(ctx, which, position, "a Uint8Array");
        break;
      }
      words[count++] = length;
      words[count++] = (uintptr_t)data;
      break;
    }
    case 's': {
      const char *text = JS_ToCStringLen(ctx, &length, value);
      if (!text) {
        refused = JS_EXCEPTION;
        break;
      }
      strings[string_count++] = text;
      words[count++] = length;
      words[count++] = (uintptr_t)text;
      break;
    }
    case 'u':
      if (engine_bigint_to_u128(ctx, wide[wide_count], value)) {
        refused = refuse(ctx, which, position, "a u128");
        break;
      }
      words[count++] = (uintptr_t)wide[wide_count++];
      break;
    }
    if (JS_IsException(refused)) goto done;
  }

  void *function = host_functions[which].function;
  switch (*kind ? kind[1] : 0) {
  case 'n':
    refused = JS_NewBigUint64(ctx, call_with_result(function, words, count));
    break;
  case 'u':
    words[count++] = (uintptr_t)result;
    call_without_result(function, words, count);
    refused = engine_bigint_from_u128(ctx, result);
    break;
  case 'i':
    refused = JS_NewBigUint64(ctx, ((uint32_t (*)(W, W, W, W))function)(words[0], words[1], words[2], words[3]));
    break;
  default:
    call_without_result(function, words, count);
  }
done:
  while (string_count > 0) JS_FreeCString(ctx, strings[--string_count]);
  return refused;
}

static JSValue env_read_register(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  W id;
  if (to_u64(ctx, argv[0], &id)) return JS_ThrowTypeError(ctx, "read_register: argument 1 is not a u64");
  uint64_t length = host_register_len(id);
  if (length == UINT64_MAX) return JS_UNDEFINED;
  uint8_t *data = js_malloc(ctx, length ? length : 1);
  if (!data) return JS_EXCEPTION;
  host_read_register(id, (uintptr_t)data);
  return engine_take_bytes(ctx, data, length);
}

static JSValue env_promise_and(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  uint64_t promises[argc + 1];
  for (int i = 0; i < argc; i++)
    if (to_u64(ctx, argv[i], &promises[i]))
      return JS_ThrowTypeError(ctx, "promise_and: argument %d is not a u64", i + 1);
  return JS_NewBigUint64(ctx, host_promise_and((uintptr_t)promises, argc));
}

static JSValue env_text(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int panics)
{
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
  if (!text) return JS_EXCEPTION;
  if (panics) host_panic_utf8(length, (uintptr_t)text);
  host_log_utf8(length, (uintptr_t)text);
  JS_FreeCString(ctx, text);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry env_functions[] = {
#define HOST(name, signature, parameters, result) \
  JS_CFUNC_MAGIC_DEF(#name, 0, call_host, HOST_##name),
#include "host-functions.h"
#undef HOST
  JS_CFUNC_DEF("read_register", 1, env_read_register),
  JS_CFUNC_DEF("promise_and", 0, env_promise_and),
  JS_CFUNC_MAGIC_DEF("log", 1, env_text, 0),
  JS_CFUNC_MAGIC_DEF("panic", 1, env_text, 1),
};

void engine_add_host_functions(JSContext *ctx)
{
  JSValue global = JS_GetGlobalObject(ctx);
  JSValue env = JS_NewObject(ctx);
  JS_SetPropertyFunctionList(ctx, env, env_functions, sizeof env_functions / sizeof *env_functions);
  JS_SetPropertyFunctionList(ctx, env, engine_encoding_functions, engine_encoding_count);
  JS_SetPropertyStr(ctx, global, "env", env);
  JS_FreeValue(ctx, global);
}
