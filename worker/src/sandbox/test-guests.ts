/** Guests for tests: of WebAssembly's text, and one C program that does what its argument says. */
import { commands } from "@yowasp/clang"
import loadWabt from "wabt"
import type { Program } from "./execution.ts"
import { identify } from "./program.ts"

/** A command from the text between `(module` and `)`, with a memory of one page and WASI's exit. */
export async function command(body: string): Promise<Program> {
  return programOf(`(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    ${body})`)
}

export async function programOf(text: string): Promise<Program> {
  const wabt = await loadWabt()
  const module = wabt.parseWat("guest.wat", text, { tail_call: true })
  return identify(Uint8Array.from(module.toBinary({ write_debug_names: true }).buffer))
}

/** Takes seconds: for a whole file. */
export async function compileC(): Promise<Program> {
  const args = ["--target=wasm32-wasip1", "-O1", "-o", "guest.wasm", "guest.c"]
  const files = await commands.clang(args, { "guest.c": SOURCE }, { fetchProgress() {} })
  const wasm = files?.["guest.wasm"]
  if (!(wasm instanceof Uint8Array)) throw new Error("clang gave no module")
  return identify(wasm)
}

const SOURCE = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
extern char **environ;
char *volatile keep;

static int depth(volatile int n) { volatile char frame[16]; frame[0] = n; return depth(n + 1) + frame[0]; }

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  char buffer[4096];
  size_t n;
  if (!strcmp(what, "hello")) { printf("hello\\n"); fprintf(stderr, "a word to the operator\\n"); }
  if (!strcmp(what, "echo")) while ((n = fread(buffer, 1, sizeof buffer, stdin))) fwrite(buffer, 1, n, stdout);
  if (!strcmp(what, "env")) for (char **e = environ; *e; e++) puts(*e);
  if (!strcmp(what, "files")) {
    printf("%d %d\\n", fopen("/etc/passwd", "r") != NULL, fopen("/proc/self/environ", "r") != NULL);
    printf("%d %d\\n", fopen("new", "w") != NULL, getenv("PATH") != NULL);
  }
  if (!strcmp(what, "copy")) {
    FILE *from = fopen("/in/a.txt", "r"), *to = fopen("/out/b.txt", "w");
    n = fread(buffer, 1, sizeof buffer, from);
    fwrite(buffer, 1, n, to); fclose(to);
    printf("%zu %d\\n", n, fopen("/out/../../etc/passwd", "r") != NULL);
    to = fopen("out/b.txt", "r"); n = fread(buffer, 1, sizeof buffer, to); fwrite(buffer, 1, n, stdout);
  }
  if (!strcmp(what, "random")) { getentropy(buffer, 16); for (int i = 0; i < 16; i++) printf("%02x", (unsigned char)buffer[i]); }
  if (!strcmp(what, "clock")) { time_t t = time(NULL); sleep(3600); printf("%ld %ld", (long)t, (long)(time(NULL) - t)); }
  if (!strcmp(what, "exit")) return 7;
  if (!strcmp(what, "depth")) return depth(0);
  if (!strcmp(what, "allocate")) {
    for (;;) { keep = malloc(1 << 20); if (!keep) { fprintf(stderr, "no memory\\n"); abort(); } }
  }
  if (!strcmp(what, "fill")) { keep = malloc(480u << 20); memset(keep, 1, 480u << 20); puts("filled"); }
  if (!strcmp(what, "careful")) { keep = malloc(1u << 30); puts(keep ? "much" : "little"); }
  return 0;
}
`
