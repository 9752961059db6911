/* Build time only: the same QuickJS with its parser, to turn the bundled script into bytecode. */
#include <string.h>
#include "engine.h"

void __wasm_call_ctors(void); /* contract.c says why */

static JSRuntime *runtime;
static JSContext *context;
static size_t bytecode_length;

__attribute__((export_name("allocate"))) void *allocate(size_t size)
{
  if (!runtime) {
    __wasm_call_ctors();
    runtime = JS_NewRuntime2(&engine_malloc_functions, NULL);
    JS_SetMaxStackSize(runtime, 0);
    context = JS_NewContextRaw(runtime);
    JS_AddIntrinsicBaseObjects(context);
    JS_AddIntrinsicEval(context);
    JS_AddIntrinsicRegExpCompiler(context);
    JS_AddIntrinsicRegExp(context);
    JS_AddIntrinsicBigInt(context);
  }
  return js_malloc_rt(runtime, size);
}

/* `source` ends with a zero that `length` does not count. The bytecode, or NULL: then see problem(). */
__attribute__((export_name("compile"))) uint8_t *compile(const char *source, size_t length)
{
  JSValue script = JS_Eval(context, source, length, "bundle", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(script)) return NULL;
  return JS_WriteObject(context, &bytecode_length, script, JS_WRITE_OBJ_BYTECODE);
}

__attribute__((export_name("compiled_length"))) size_t compiled_length(void)
{
  return bytecode_length;
}

__attribute__((export_name("problem"))) const char *problem(void)
{
  JSValue error = JS_GetException(context);
  const char *text = JS_ToCString(context, error);
  return text ? text : "no text";
}
