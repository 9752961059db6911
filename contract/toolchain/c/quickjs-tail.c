/* The end of quickjs.c: what needs its static functions. */

JSValue engine_string_from_latin1(JSContext *ctx, const uint8_t *text, size_t length)
{
  return js_new_string8(ctx, text, length);
}

static JSValue uint8array_over(JSContext *ctx, JSValue buffer, size_t length)
{
  if (JS_IsException(buffer)) return buffer;
  JSValue array = js_create_from_ctor(ctx, JS_UNDEFINED, JS_CLASS_UINT8_ARRAY);
  if (JS_IsException(array)) {
    JS_FreeValue(ctx, buffer);
    return array;
  }
  if (typed_array_init(ctx, array, buffer, 0, length)) {
    JS_FreeValue(ctx, array);
    return JS_EXCEPTION;
  }
  return array;
}

JSValue engine_take_bytes(JSContext *ctx, uint8_t *data, size_t length)
{
  JSValue buffer = js_array_buffer_constructor3(ctx, JS_UNDEFINED, length, JS_CLASS_ARRAY_BUFFER,
                                                data, js_array_buffer_free, NULL, FALSE);
  return uint8array_over(ctx, buffer, length);
}

JSValue engine_copy_bytes(JSContext *ctx, const uint8_t *data, size_t length)
{
  return uint8array_over(ctx, JS_NewArrayBufferCopy(ctx, data, length), length);
}

JSValue engine_bigint_from_u128(JSContext *ctx, const uint64_t words[2])
{
  if (words[1] == 0) return JS_NewBigUint64(ctx, words[0]);
  JSValue value = JS_NewBigInt(ctx);
  if (JS_IsException(value)) return value;
  bf_t *number = JS_GetBigInt(value);
  bf_t low;
  bf_init(ctx->bf_ctx, &low);
  int status = bf_set_ui(number, words[1]);
  status |= bf_mul_2exp(number, 64, BF_PREC_INF, BF_RNDZ);
  status |= bf_set_ui(&low, words[0]);
  status |= bf_add(number, number, &low, BF_PREC_INF, BF_RNDZ);
  bf_delete(&low);
  if (status & BF_ST_MEM_ERROR) {
    JS_FreeValue(ctx, value);
    return JS_ThrowOutOfMemory(ctx);
  }
  return value;
}

/* Takes a BigInt or an integral number from 0 to 2^128 - 1. */
int engine_bigint_to_u128(JSContext *ctx, uint64_t words[2], JSValueConst value)
{
  words[1] = 0;
  if (JS_VALUE_GET_TAG(value) == JS_TAG_INT) {
    words[0] = JS_VALUE_GET_INT(value);
    return JS_VALUE_GET_INT(value) < 0 ? -1 : 0;
  }
  if (JS_TAG_IS_FLOAT64(JS_VALUE_GET_TAG(value))) {
    double number = JS_VALUE_GET_FLOAT64(value);
    if (!(number >= 0 && number <= 9007199254740991.0) || number != (double)(uint64_t)number) return -1;
    words[0] = (uint64_t)number;
    return 0;
  }
  if (JS_VALUE_GET_TAG(value) != JS_TAG_BIG_INT) return -1;
  bf_t *number = JS_GetBigInt(value);
  if (number->expn == BF_EXP_ZERO) {
    words[0] = 0;
    return 0;
  }
  if (number->sign || number->expn > 128 || number->expn <= 0) return -1;
  /* The value is 0.tab * 2^expn, the highest limb last and its top bit set. */
  uint32_t limbs[4];
  for (int i = 0; i < 4; i++) {
    int bit = (int)(number->len * LIMB_BITS) - (int)number->expn + i * 32;
    int index = bit >> 5, shift = bit & 31;
    uint64_t pair = 0;
    if (index >= 0 && index < (int)number->len) pair = number->tab[index];
    if (index + 1 >= 0 && index + 1 < (int)number->len) pair |= (uint64_t)number->tab[index + 1] << 32;
    limbs[i] = (uint32_t)(pair >> shift);
  }
  words[0] = limbs[0] | (uint64_t)limbs[1] << 32;
  words[1] = limbs[2] | (uint64_t)limbs[3] << 32;
  return 0;
}
