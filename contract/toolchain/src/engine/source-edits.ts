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
      "    int ret;\n    if (js_check_stack_overflow(ctx->rt, 0)) return JS_ThrowStackOverflow(ctx);\n\n    switch(s->token.val) {\n    case '{':",
  },
  {
    file: "quickjs.c",
    find: "        v = js_array_includes(ctx, jsc->stack, 1, (JSValueConst *)&val);",
    replace:
      "        if (js_check_stack_overflow(ctx->rt, 0)) { JS_ThrowStackOverflow(ctx); goto exception; }\n        v = js_array_includes(ctx, jsc->stack, 1, (JSValueConst *)&val);",
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
  return edited
}
