/** Components for tests: a core module in WebAssembly's text, and of WASI what it may want. */
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools"
import type { Program } from "../execution.ts"
import { identify } from "../program.ts"

export interface CommandParts {
  /** Names of interfaces with versions; only those in `wit` below. */
  imports?: readonly string[]
  /** Fields of the core module besides memory and `cabi_realloc`. */
  core: string
  /** What it does whenever it is asked for memory. */
  onAllocate?: string
  /** Of `wasi:cli/run`. */
  version?: string
}

const WRITES = ["wasi:cli/stdout@0.2.3", "wasi:io/streams@0.2.3"]

/**
 * A command whose core module has one page of memory, `$stdout` and `$write` (stream, text, length,
 * where the result goes), and allocates from the second half of the page on.
 */
export async function componentCommand({
  imports = [],
  core,
  onAllocate = "",
  version = "0.2.3",
}: CommandParts): Promise<Program> {
  const text = `(module
    (import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
    (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
      (func $write (param i32 i32 i32 i32)))
    ${core.replaceAll("(body", `(func (export "wasi:cli/run@${version}#run") (result i32)`)}
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 32768))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      ${onAllocate}
      (local.set $at (global.get $free))
      (global.set $free
        (i32.and (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7)) (i32.const -8)))
      (local.get $at)))`
  const witSource = wit([...WRITES, ...imports], version)
  const embedded = await componentEmbed({ binary: await parse(text), witSource, world: "guest" })
  return identify(await componentNew(embedded))
}

/** A component's own text. */
export async function componentOf(text: string): Promise<Program> {
  return identify(await parse(text))
}

/** In the core module's text: writes what stands at an address. */
export function write(at: number, length: number): string {
  return `(call $write (call $stdout) (i32.const ${at}) (i32.const ${length}) (i32.const 65000))`
}

function wit(imports: readonly string[], runVersion: string): string {
  const versions = new Set([...imports, `wasi:cli/run@${runVersion}`].map(versionOf))
  return `package test:guest;
    world guest {
      ${imports.map((name) => `import ${name};`).join("\n")}
      export wasi:cli/run@${runVersion};
    }
    ${[...versions].map(packagesOf).join("\n")}`
}

function versionOf(name: string): string {
  return name.split("@")[1] ?? ""
}

/** As much of the packages as our guests use. */
function packagesOf(version: string): string {
  return `
  package wasi:io@${version} {
    interface error { resource error { to-debug-string: func() -> string; } }
    interface poll {
      resource pollable { ready: func() -> bool; block: func(); }
      poll: func(in: list<borrow<pollable>>) -> list<u32>;
    }
    interface streams {
      use error.{error};
      use poll.{pollable};
      variant stream-error { last-operation-failed(error), closed }
      resource input-stream {
        blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
        subscribe: func() -> pollable;
      }
      resource output-stream {
        check-write: func() -> result<u64, stream-error>;
        blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        subscribe: func() -> pollable;
      }
    }
  }
  package wasi:cli@${version} {
    interface run { run: func() -> result; }
    interface stdout {
      use wasi:io/streams@${version}.{output-stream};
      get-stdout: func() -> output-stream;
    }
    interface stdin {
      use wasi:io/streams@${version}.{input-stream};
      get-stdin: func() -> input-stream;
    }
    interface environment { get-environment: func() -> list<tuple<string, string>>; }
    interface exit { exit: func(status: result); exit-with-code: func(status-code: u8); }
  }
  package wasi:random@${version} {
    interface random { get-random-bytes: func(len: u64) -> list<u8>; get-random-u64: func() -> u64; }
    interface insecure { get-insecure-random-u64: func() -> u64; }
    interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
  }
  package wasi:clocks@${version} {
    interface wall-clock {
      record datetime { seconds: u64, nanoseconds: u32 }
      now: func() -> datetime;
    }
    interface monotonic-clock {
      use wasi:io/poll@${version}.{pollable};
      now: func() -> u64;
      subscribe-duration: func(when: u64) -> pollable;
    }
  }`
}
