/* Text and bytes: what JavaScript would spend hundreds of operators a byte on. */
#include <string.h>
#include "engine.h"

static JSValue not_bytes(JSContext *ctx)
{
  return JS_ThrowTypeError(ctx, "not a Uint8Array");
}

static JSValue utf8_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
  if (!text) return JS_EXCEPTION;
  JSValue bytes = engine_copy_bytes(ctx, (const uint8_t *)text, length);
  JS_FreeCString(ctx, text);
  return bytes;
}

static JSValue utf8_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  const uint8_t *data;
  size_t length;
  if (engine_bytes(ctx, argv[0], &data, &length)) return not_bytes(ctx);
  return JS_NewStringLen(ctx, (const char *)data, length);
}

/* A string whose characters are bytes. UTF-8 spends two bytes, 110000xx 10xxxxxx, on those from 0x80. */
static JSValue latin1_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  size_t length, count = 0;
  const uint8_t *text = (const uint8_t *)JS_ToCStringLen(ctx, &length, argv[0]);
  if (!text) return JS_EXCEPTION;
  uint8_t *data = js_malloc(ctx, length ? length : 1);
  int fits = 1;
  for (size_t i = 0; data && i < length; i++) {
    uint8_t byte = text[i];
    if (byte >= 0x80) {
      if (byte > 0xc3) fits = 0;
      byte = (byte & 3) << 6 | (text[++i] & 0x3f);
    }
    data[count++] = byte;
  }
  JS_FreeCString(ctx, (const char *)text);
  if (!data) return JS_EXCEPTION;
  if (!fits) {
    js_free(ctx, data);
    return JS_ThrowRangeError(ctx, "a character is above 0xff");
  }
  return engine_take_bytes(ctx, data, count);
}

static JSValue latin1_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  const uint8_t *data;
  size_t length;
  if (engine_bytes(ctx, argv[0], &data, &length)) return not_bytes(ctx);
  return engine_string_from_latin1(ctx, data, length);
}

static JSValue hex_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  static const char digits[] = "0123456789abcdef";
  const uint8_t *data;
  size_t length;
  if (engine_bytes(ctx, argv[0], &data, &length)) return not_bytes(ctx);
  uint8_t *text = js_malloc(ctx, length * 2 + 1);
  if (!text) return JS_EXCEPTION;
  for (size_t i = 0; i < length; i++) {
    text[2 * i] = digits[data[i] >> 4];
    text[2 * i + 1] = digits[data[i] & 15];
  }
  JSValue string = engine_string_from_latin1(ctx, text, length * 2);
  js_free(ctx, text);
  return string;
}

static int hex_digit(uint8_t c)
{
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* undefined where the text is not hex */
static JSValue hex_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  size_t length;
  const uint8_t *text = (const uint8_t *)JS_ToCStringLen(ctx, &length, argv[0]);
  if (!text) return JS_EXCEPTION;
  size_t count = length / 2;
  JSValue result = JS_UNDEFINED;
  uint8_t *data = js_malloc(ctx, count + 1);
  if (!data) result = JS_EXCEPTION;
  else {
    int bad = length & 1;
    for (size_t i = 0; i < count; i++) {
      int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
      bad |= high | low;
      data[i] = high << 4 | low;
    }
    if (bad < 0 || length & 1) js_free(ctx, data);
    else result = engine_take_bytes(ctx, data, count);
  }
  JS_FreeCString(ctx, (const char *)text);
  return result;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static JSValue base64_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  const uint8_t *data;
  size_t length, at = 0;
  if (engine_bytes(ctx, argv[0], &data, &length)) return not_bytes(ctx);
  uint8_t *text = js_malloc(ctx, (length + 2) / 3 * 4 + 1);
  if (!text) return JS_EXCEPTION;
  for (size_t i = 0; i < length; i += 3) {
    uint32_t group = data[i] << 16;
    if (i + 1 < length) group |= data[i + 1] << 8;
    if (i + 2 < length) group |= data[i + 2];
    text[at++] = base64_digits[group >> 18];
    text[at++] = base64_digits[group >> 12 & 63];
    text[at++] = i + 1 < length ? base64_digits[group >> 6 & 63] : '=';
    text[at++] = i + 2 < length ? base64_digits[group & 63] : '=';
  }
  JSValue string = engine_string_from_latin1(ctx, text, at);
  js_free(ctx, text);
  return string;
}

static int base64_digit(uint8_t c)
{
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/* RFC 4648 section 4, strict: padded, and no bits that are thrown away; undefined where the text is not that. */
static JSValue base64_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  size_t length;
  const uint8_t *text = (const uint8_t *)JS_ToCStringLen(ctx, &length, argv[0]);
  if (!text) return JS_EXCEPTION;
  size_t digits = length, at = 0;
  while (digits > 0 && length - digits < 2 && text[digits - 1] == '=') digits--;
  JSValue result = JS_UNDEFINED;
  uint8_t *data = js_malloc(ctx, length / 4 * 3 + 1);
  if (!data) result = JS_EXCEPTION;
  else {
    uint32_t bits = 0;
    int bad = length % 4 ? -1 : 0;
    for (size_t i = 0; i < digits && bad >= 0; i++) {
      int digit = base64_digit(text[i]);
      bad |= digit;
      bits = bits << 6 | (digit & 63);
      if (i & 3) data[at++] = bits >> (6 - 2 * (i & 3));
    }
    int spare = length - digits; /* 1 or 2 '=' leave 2 or 4 bits, which must be 0 */
    if (bad < 0 || bits & ((1u << (2 * spare)) - 1)) js_free(ctx, data);
    else result = engine_take_bytes(ctx, data, at);
  }
  JS_FreeCString(ctx, (const char *)text);
  return result;
}

static JSValue sha384_of(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  const uint8_t *data;
  size_t length;
  uint8_t digest[48];
  if (engine_bytes(ctx, argv[0], &data, &length)) return not_bytes(ctx);
  sha384(data, length, digest);
  return engine_copy_bytes(ctx, digest, sizeof digest);
}

const JSCFunctionListEntry engine_encoding_functions[] = {
  JS_CFUNC_DEF("utf8_string_to_uint8array", 1, utf8_encode),
  JS_CFUNC_DEF("uint8array_to_utf8_string", 1, utf8_decode),
  JS_CFUNC_DEF("latin1_string_to_uint8array", 1, latin1_encode),
  JS_CFUNC_DEF("uint8array_to_latin1_string", 1, latin1_decode),
  JS_CFUNC_DEF("hex_encode", 1, hex_encode),
  JS_CFUNC_DEF("hex_decode", 1, hex_decode),
  JS_CFUNC_DEF("base64_encode", 1, base64_encode),
  JS_CFUNC_DEF("base64_decode", 1, base64_decode),
  JS_CFUNC_DEF("sha384", 1, sha384_of),
};
const int engine_encoding_count = sizeof engine_encoding_functions / sizeof *engine_encoding_functions;
