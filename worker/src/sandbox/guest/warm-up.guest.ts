/** What is done for the first time takes ten times as long: a process does it before it has a job. */
import type { RunJob } from "../wire.ts"
import { type Channel, run } from "./run.guest.ts"

/**
 * Ours, so nothing meters it:
 *
 *   (module
 *     (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 *     (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 *     (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 *     (memory (export "memory") 1)
 *     (data (i32.const 4) "\08")
 *     (func (export "_start")
 *       (drop (call $random (i32.const 8) (i32.const 8)))
 *       (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
 *       (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
 *       (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))))
 */
const GUEST =
  "0061736d0100000001120360027f7f017f60047f7f7f7f017f60000002680316776173695f736e617073686f745f" +
  "70726576696577310a72616e646f6d5f676574000016776173695f736e617073686f745f70726576696577310766" +
  "645f72656164000116776173695f736e617073686f745f70726576696577310866645f7772697465000103020102" +
  "0503010001071302066d656d6f72790200065f737461727400030a2c012a004108410810001a4100410041014110" +
  "10011a410141004101411010021a410241004101411010021a0b0b07010041040b0108"

const NOTHING = new Uint8Array(0)
const JOB: RunJob = {
  kind: "run",
  arguments: ["warm-up"],
  environment: [],
  asksForStdin: true,
  seed: Buffer.alloc(32).toString("base64"),
  wallClockNs: "0",
  maxInstructions: "1000000",
  maxExecutionMs: 30_000,
  maxOutputBytes: 8,
}

/** Throws where a guest cannot be run: a process that waits has shown that it can. */
export function warmUp(): void {
  const toNobody: Channel = {
    writeFrame() {},
    writeReport(report) {
      const text = JSON.stringify(report)
      if (!text.includes('"ok"')) throw new Error(`a run of ours ended as ${text}`)
    },
    askForStdin: () => NOTHING,
    askForHttp: () => NOTHING,
  }
  run(JOB, [Buffer.from(GUEST, "hex")], toNobody)
}
