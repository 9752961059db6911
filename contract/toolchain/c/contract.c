/* The engine's life. At build time, in Node: start(), then method() for each export; then memory is written
   into the contract's data segments. On chain: call(n) in that memory, once. */
#include <string.h>
#include "engine.h"
#include "host.h"

/* Names a bundled line in a stack; the line table turns it into a TypeScript file and line. */
#define SCRIPT "bundle:"
#define MAX_PANIC 4096
#define GC_THRESHOLD (24 << 20) /* of NEAR's 128 MiB; a call seldom gets there */

/* Bytes of shadow stack that JavaScript may use. NEAR's own budget of 262,144 counts each frame's locals and operands,
   which this stack does not hold: up to 2.1 times as much in the worst recursion found (src/recursion.test.ts). */
#define STACK_LIMIT 100000

/* Called by name, or the linker would wrap every export in constructors and destructors. */
void __wasm_call_ctors(void);

static JSRuntime *runtime;
static JSContext *context;
static JSValue contract;
static JSValue methods[256];
static int method_count;
static const uint8_t *line_table;

static char message[MAX_PANIC];
static size_t message_length;

static void add_text(const char *text, size_t length)
{
  size_t room = sizeof message - message_length;
  if (length > room) length = room;
  memcpy(message + message_length, text, length);
  message_length += length;
}

static void add_string(const char *text)
{
  add_text(text, strlen(text));
}

static uint32_t read_varint(const uint8_t **at)
{
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint32_t)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/* The table (src/line-table.ts): file names, then runs {lines since the last run, file, first source line + 1}. */
static int add_source_line(uint32_t line)
{
  const uint8_t *at = line_table;
  if (!at) return 0;
  uint32_t files = read_varint(&at);
  const char *names = (const char *)at;
  for (uint32_t i = 0; i < files; i++) at += strlen((const char *)at) + 1;
  uint32_t start = 0, file = 0, first = 0;
  for (uint32_t runs = read_varint(&at); runs > 0; runs--) {
    uint32_t next = start + read_varint(&at);
    if (next > line) break;
    start = next;
    file = read_varint(&at);
    first = read_varint(&at);
  }
  if (first == 0) return 0;
  while (file-- > 0) names += strlen(names) + 1;
  char digits[12], *digit = digits + sizeof digits;
  uint32_t value = first - 1 + line - start;
  do *--digit = '0' + value % 10;
  while (value /= 10);
  add_string(names);
  add_text(":", 1);
  add_text(digit, digits + sizeof digits - digit);
  return 1;
}

static void add_stack(const char *stack)
{
  while (*stack) {
    size_t rest = strlen(stack);
    const char *mark = memcmp(stack, SCRIPT, sizeof SCRIPT - 1) == 0 ? stack + sizeof SCRIPT - 1 : NULL;
    uint32_t line = 0;
    const char *end = mark;
    while (end && *end >= '0' && *end <= '9') line = line * 10 + (*end++ - '0');
    if (mark && add_source_line(line)) stack = end;
    else add_text(stack++, 1);
    (void)rest;
  }
}

static void add_property(JSValueConst error, const char *name, void (*add)(const char *))
{
  JSValue value = JS_GetPropertyStr(context, error, name);
  const char *text = JS_IsUndefined(value) ? NULL : JS_ToCString(context, value);
  if (text) add(text);
  JS_FreeCString(context, text);
  JS_FreeValue(context, value);
}

static void describe_exception(void)
{
  JSValue error = JS_GetException(context);
  message_length = 0;
  if (!JS_IsError(context, error)) {
    const char *text = JS_ToCString(context, error);
    add_string(text ? text : "an exception without text");
    return;
  }
  JSValue name = JS_GetPropertyStr(context, error, "name");
  const char *kind = JS_ToCString(context, name);
  if (kind && strcmp(kind, "Error") != 0) {
    add_string(kind);
    add_string(": ");
  }
  add_property(error, "message", add_string);
  add_text("\n", 1);
  add_property(error, "stack", add_stack);
  while (message_length > 0 && message[message_length - 1] == '\n') message_length--;
}

static const char *failure(void)
{
  describe_exception();
  message[message_length < sizeof message ? message_length : sizeof message - 1] = 0;
  return message;
}

__attribute__((export_name("allocate"))) void *allocate(size_t size)
{
  return js_malloc_rt(runtime, size);
}

__attribute__((export_name("create"))) void create(void)
{
  __wasm_call_ctors();
  runtime = JS_NewRuntime2(&engine_malloc_functions, NULL);
  JS_SetMaxStackSize(runtime, 0);
  context = JS_NewContextRaw(runtime);
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicDate(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicBigInt(context);
  engine_add_host_functions(context);

  /* It would give every call the same numbers. Contracts take near.randomSeed(). */
  JSValue global = JS_GetGlobalObject(context);
  JSValue math = JS_GetPropertyStr(context, global, "Math");
  JSAtom random = JS_NewAtom(context, "random");
  JS_DeleteProperty(context, math, random, 0);
  JS_FreeAtom(context, random);
  JS_FreeValue(context, math);
  JS_FreeValue(context, global);
}

/* Evaluates the contract's bytecode, which leaves the global `contract`. Takes both blocks. NULL, or what failed. */
__attribute__((export_name("start"))) const char *start(uint8_t *bytecode, size_t length, uint8_t *lines)
{
  line_table = lines;
  JSValue script = JS_ReadObject(context, bytecode, length, JS_READ_OBJ_BYTECODE);
  js_free_rt(runtime, bytecode);
  if (JS_IsException(script)) return failure();
  JSValue result = JS_EvalFunction(context, script);
  if (JS_IsException(result)) return failure();
  JS_FreeValue(context, result);
  JSValue global = JS_GetGlobalObject(context);
  contract = JS_GetPropertyStr(context, global, "contract");
  JS_FreeValue(context, global);
  return NULL;
}

/* A class's `prototype` cannot be written, a function's can. */
static int is_class(JSValueConst function)
{
  JSPropertyDescriptor prototype;
  JSAtom name = JS_NewAtom(context, "prototype");
  int has = JS_GetOwnProperty(context, &prototype, function, name);
  JS_FreeAtom(context, name);
  if (has <= 0) return 0;
  JS_FreeValue(context, prototype.value);
  return !(prototype.flags & JS_PROP_WRITABLE);
}

/* The number of the method, or -1 where the contract's export is no function that can be called. */
__attribute__((export_name("method"))) int method(const char *name)
{
  JSValue function = JS_GetPropertyStr(context, contract, name);
  if (method_count == sizeof methods / sizeof *methods || !JS_IsFunction(context, function)) return -1;
  if (is_class(function)) return -1;
  methods[method_count] = function;
  return method_count++;
}

__attribute__((export_name("settle"))) void settle(void)
{
  JS_RunGC(runtime);
  JS_SetGCThreshold(runtime, GC_THRESHOLD);
  JS_SetMaxStackSize(runtime, STACK_LIMIT);
  JS_UpdateStackTop(runtime);
  engine_clock_runs = 1;
  engine_clear_free_blocks();
}

__attribute__((export_name("call"))) void call(int number)
{
  JSValue result = JS_Call(context, methods[number], JS_UNDEFINED, 0, NULL);
  if (!JS_IsException(result)) return;
  describe_exception();
  host_panic_utf8(message_length, (uintptr_t)message);
}
