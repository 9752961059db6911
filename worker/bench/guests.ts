/** The guests that starts are measured with: each looks at its stdin first, then says two letters. */
import { spawnSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { componentCommand, write } from "../src/sandbox/component/component.fixture.ts"
import type { Program } from "../src/sandbox/execution.ts"
import { identify } from "../src/sandbox/program.ts"
import { programOf } from "../src/sandbox/test-guests.ts"

/** The example in TypeScript draws a number; the others do not look at what they read. */
export const STDIN = Buffer.from('{"min":1,"max":6}')

const TYPESCRIPT = fileURLToPath(new URL("../../wasi-examples/random-ark-ts", import.meta.url))
const BUILD = fileURLToPath(
  new URL("../src/compile/javascript/componentize.build.ts", import.meta.url),
)

export function preview1(): Promise<Program> {
  return programOf(`(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\40\\00\\00\\00\\10\\00\\00\\00")
    (data (i32.const 16) "\\20\\00\\00\\00\\02\\00\\00\\00")
    (data (i32.const 32) "ok")
    (func (export "_start")
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))`)
}

export function preview2(): Promise<Program> {
  return componentCommand({
    imports: ["wasi:cli/stdin@0.2.3"],
    core: `(import "wasi:cli/stdin@0.2.3" "get-stdin" (func $stdin (result i32)))
      (import "wasi:io/streams@0.2.3" "[method]input-stream.blocking-read"
        (func $read (param i32 i64 i32)))
      (data (i32.const 0) "ok")
      (body
        (call $read (call $stdin) (i64.const 16) (i32.const 1024))
        ${write(0, 2)}
        (i32.const 0))`,
  })
}

/** Writes to one stream, so often. */
export function preview2Writes(times: number): Promise<Program> {
  return componentCommand({
    core: `(data (i32.const 0) "ok")
      (body (local $left i32) (local $stream i32)
        (local.set $left (i32.const ${times}))
        (local.set $stream (call $stdout))
        (loop $again
          ${write(0, 2).replace("(call $stdout)", "(local.get $stream)")}
          (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.const 0))`,
  })
}

/** As the worker builds it, without the walls. */
export async function typescript(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-bench-"))
  try {
    const output = join(folder, "guest.wasm")
    const { main } = JSON.parse(await readFile(join(TYPESCRIPT, "package.json"), "utf8")) as {
      main: string
    }
    const words = ["--no-warnings", BUILD, join(TYPESCRIPT, main), TYPESCRIPT, output]
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" })
    if (status !== 0) throw new Error(`the guest in TypeScript cannot be built: ${stderr}`)
    return identify(Uint8Array.from(await readFile(output)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
