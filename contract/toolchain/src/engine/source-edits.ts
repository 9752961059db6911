// Where QuickJS as published cannot be built for NEAR. Its sources come from npm and are edited in memory only.
interface SourceEdit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

const sourceEdits: readonly SourceEdit[] = [
  // Atomics need pthreads. (Defining EMSCRIPTEN would also do it, and switch stack checks off.)
  {
    file: "quickjs.c",
    find: "#if !defined(EMSCRIPTEN)\n#define CONFIG_ATOMICS\n#endif",
    replace: "",
  },
  // 70 KB of tables for \p{...} and String.prototype.normalize.
  { file: "libunicode.h", find: "#define CONFIG_ALL_UNICODE", replace: "" },
  // JSON nests without a check in this version: hostile input would run off the stack.
  {
    file: "quickjs.c",
    find: "    int ret;\n\n    switch(s->token.val) {\n    case '{':",
    replace:
      "    int ret;\n    STACK_WEIGHT(80);\n    if (js_check_stack_overflow(ctx->rt, 0)) return JS_ThrowStackOverflow(ctx);\n\n    switch(s->token.val) {\n    case '{':",
  },
  {
    file: "quickjs.c",
    find: "        v = js_array_includes(ctx, jsc->stack, 1, (JSValueConst *)&val);",
    replace:
      "        if (js_check_stack_overflow(ctx->rt, 0)) { JS_ThrowStackOverflow(ctx); goto exception; }\n        v = js_array_includes(ctx, jsc->stack, 1, (JSValueConst *)&val);",
  },
  // Recursion whose frames are small on the shadow stack and large for NEAR (contract.c, STACK_LIMIT).
  {
    file: "quickjs.c",
    find: "    BOOL has_content;\n    \n    indent1 = JS_UNDEFINED;",
    replace: "    BOOL has_content;\n    STACK_WEIGHT(136);\n    indent1 = JS_UNDEFINED;",
  },
  {
    file: "quickjs.c",
    find: "    int64_t sourceIndex, elementLen;",
    replace: "    int64_t sourceIndex, elementLen;\n    STACK_WEIGHT(100);",
  },
  {
    file: "quickjs.c",
    find: "    /* better to always check stack overflow */",
    replace: "    STACK_WEIGHT(160);",
  },
  // wasm has no computed goto: clang would make a switch of it, and a table for that.
  { file: "quickjs.c", find: "#define DIRECT_DISPATCH  1", replace: "#define DIRECT_DISPATCH  0" },
  // Loops over text (prelude.h).
  {
    file: "quickjs.c",
    find: "        for (pos = 0; pos < len; pos++) {\n            count += src[pos] >> 7;\n        }",
    replace: "        count = engine_count_high(src, len);",
  },
  {
    file: "quickjs.c",
    find: "    while (p < p_end && *p < 128)\n        p++;\n    len1",
    replace: "    p += engine_ascii_prefix(p, p_end - p);\n    len1",
  },
  {
    file: "quickjs.c",
    find: "    for(i = 0; i < p->len; ) {\n        c = string_getc(p, &i);\n        switch(c) {\n        case '\\t':",
    replace: `    for(i = 0; i < p->len; ) {
        int run = p->is_wide_char ? 0 : engine_plain_prefix(p->u.str8 + i, p->len - i, 256);
        if (run > 0) {
            if (string_buffer_write8(b, p->u.str8 + i, run)) goto fail;
            i += run;
            continue;
        }
        c = string_getc(p, &i);
        switch(c) {
        case '\\t':`,
  },
  {
    file: "quickjs.c",
    find: "    /* string */\n    if (string_buffer_init(s->ctx, b, 32))\n        goto fail;\n",
    replace: `    size_t plain = sep == '"' ? engine_plain_prefix(p, s->buf_end - p, 128) : 0;
    if (plain > 0 && p + plain < s->buf_end && p[plain] == '"') {
        JSValue text = js_new_string8(s->ctx, p, plain);
        if (JS_IsException(text)) return -1;
        token->val = TOK_STRING;
        token->u.str.sep = sep;
        token->u.str.str = text;
        *pp = p + plain + 1;
        return 0;
    }
    if (string_buffer_init(s->ctx, b, plain + 32))
        goto fail;
`,
  },
  {
    file: "quickjs.c",
    find: "        if (p >= s->buf_end)\n            goto invalid_char;\n        c = *p;\n        if (c < 0x20) {\n            if (!s->cur_func) {",
    replace: `        if (p >= s->buf_end)
            goto invalid_char;
        if (sep == '"' && (plain = engine_plain_prefix(p, s->buf_end - p, 128)) > 0) {
            if (string_buffer_write8(b, p, plain)) goto fail;
            p += plain;
            continue;
        }
        c = *p;
        if (c < 0x20) {
            if (!s->cur_func) {`,
  },
  {
    file: "quickjs.c",
    find: '        snprintf(buf, sizeof(buf), "%d", JS_VALUE_GET_INT(val));\n        str = buf;',
    replace: "        str = i64toa(buf + sizeof(buf), JS_VALUE_GET_INT(val), 10);",
  },
  // A call for each control character: 32 KiB of them cost 30 Tgas.
  {
    file: "quickjs.c",
    find: '                snprintf(buf, sizeof(buf), "\\\\u%04x", c);\n                if (string_buffer_puts8(b, buf))',
    replace: `                buf[0] = '\\\\', buf[1] = 'u';
                for (int digit = 0; digit < 4; digit++)
                    buf[2 + digit] = "0123456789abcdef"[c >> (12 - 4 * digit) & 15];
                if (string_buffer_write8(b, (uint8_t *)buf, 6))`,
  },
  // JSON knows eight escapes (RFC 8259, section 7); this version lets it have JavaScript's.
  {
    file: "quickjs.c",
    find: "            /* XXX: need a specific JSON case to avoid\n               accepting invalid escapes */",
    replace: `            if (!s->cur_func && (c == 0 || !strchr("\\"\\\\/bfnrtu", c) || (c == 'u' && p[1] == '{')))
                goto invalid_escape;`,
  },
  // Nobody interrupts a contract but gas.
  {
    file: "quickjs.c",
    find: "    if (unlikely(--ctx->interrupt_counter <= 0)) {",
    replace: "    if (0) {",
  },
]

/** Throws unless each edit finds its place exactly once. */
export function editSource(file: string, text: string): string {
  let edited = text
  for (const edit of sourceEdits) {
    if (edit.file !== file) continue
    const parts = edited.split(edit.find)
    if (parts.length !== 2)
      throw new Error(`${file}: no single place for ${edit.find.slice(0, 60)}`)
    edited = parts.join(edit.replace)
  }
  return file === "quickjs.c" ? makeSmall(edited) : edited
}

/**
 * A byte of code costs a call as much as 1.3 operators, so quickjs.c is compiled for size but for what contracts
 * spend their operators in (measured: near-sdk-js calls with JSON arguments and state).
 */
const hot = [
  "JS_CallInternal",
  "js_call_c_function",
  "__JS_FreeValueRT",
  "free_gc_object",
  "js_free_rt",
  "js_malloc_rt",
  "js_malloc",
  "js_alloc_string_rt",
  "JS_GetPropertyInternal",
  "JS_SetPropertyInternal",
  "JS_GetPropertyValue",
  "JS_CreateProperty",
  "JS_DefineProperty",
  "add_property",
  "add_shape_property",
  "JS_NewObjectFromShape",
  "is_num_string",
]

function makeSmall(source: string): string {
  const push = "#pragma clang attribute push(__attribute__((minsize)), apply_to = function)\n"
  const pop = "#pragma clang attribute pop\n"
  const firstBody = "static void js_trigger_gc("
  let text = source.replace(firstBody, `${push}${firstBody}`)
  for (const name of hot) {
    // A definition starts a line, and its body's brace stands alone on one.
    const definition = new RegExp(
      `^[A-Za-z][^;{}()\\n]*\\b${name}\\([^;{}]*\\)\\n\\{[^]*?^\\}\\n`,
      "m",
    )
    if (!definition.test(text)) throw new Error(`quickjs.c: no ${name}`)
    text = text.replace(definition, (body) => `${pop}${body}${push}`)
  }
  return `${text}${pop}`
}
