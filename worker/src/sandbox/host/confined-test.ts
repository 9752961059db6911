/** What native code could do, were V8 broken: a test's own script, or its system calls, in a guest's place. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, open, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Writable } from "node:stream"
import { buffer } from "node:stream/consumers"
import type { Level } from "../levels.ts"
import { type Confinement, findConfinements } from "./confinement.ts"

/** The value of a JavaScript expression, which may be a promise; `attempt(work)` gives an error's code. */
export async function evaluate(level: Level, expression: string): Promise<unknown> {
  const script = `
    const fs = require("node:fs")
    const attempt = async (work) => { try { return await work() } catch ({ code }) { return code } }
    const write = (value) => fs.writeSync(1, JSON.stringify(value))
    const evaluate = async () => (${expression})
    evaluate().then(write)`
  const { command, filter } = find(level)
  const ended = await run([...command, "--eval", script], filter)
  if (ended.stderr) throw new Error(ended.stderr)
  return JSON.parse(ended.stdout.toString())
}

type Call = readonly [number: number, ...given: (number | bigint)[]]

/** What the kernel answers: a negative errno, or a result; no more once the process was ended. */
export async function callKernel(level: Level, calls: readonly Call[]): Promise<number[]> {
  const requests = calls.map((call) => {
    const words = new BigInt64Array(7)
    words.set(call.map((value) => BigInt.asIntN(64, BigInt(value))))
    return Buffer.from(words.buffer)
  })
  const { stdout } = await runCode(level, CALLER, Buffer.concat(requests))
  const answers = Array.from({ length: stdout.length / 8 }, (_, index) => index * 8)
  return answers.map((at) => Number(stdout.readBigInt64LE(at)))
}

/** Runs machine code for x86-64 where Node would be. */
export async function runCode(level: Level, code: string, stdin = Buffer.alloc(0)) {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-code-"))
  try {
    const program = join(folder, "program")
    await writeFile(program, executable(Buffer.from(code, "hex")), { mode: 0o755 })
    const { command, filter } = find(level)
    const node = command.indexOf("/node") - 1
    // A file, since a pipe may end a read in the middle of a request.
    await writeFile(join(folder, "stdin"), stdin)
    await using input = await open(join(folder, "stdin"))
    return await run(command.with(node, program), filter, input.fd)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * Until stdin ends: reads a call's number and its six arguments, makes it, writes what it returned.
 *
 *   again: read(0, r12, 56); if eax != 56 exit_group(0)
 *          rax, rdi, rsi, rdx, r10, r8, r9 = r12[0..6]; syscall
 *          r12[0] = rax; write(1, r12, 8); jmp again
 */
const CALLER = [
  "4c8da42400ffffff",
  "31c031ff4c89e6ba380000000f05 83f838753e",
  "498b0424 498b7c2408 498b742410 498b542418 4d8b542420 4d8b442428 4d8b4c2430 0f05",
  "49890424 b801000000bf010000004c89e6ba080000000f05 ebaf",
  "b8e700000031ff0f05",
]
  .join("")
  .replaceAll(" ", "")

/** getpid by the door of 32-bit programs, then exit_group(0). */
export const CALLS_AS_I386 = "b814000000cd80b8e700000031ff0f05"

function find(level: Level): Confinement {
  const confinement = findConfinements().find((one) => one.level === level)
  if (!confinement) throw new Error(`no level ${level} here`)
  return confinement
}

async function run(
  [program = "", ...args]: readonly string[],
  filter: Uint8Array | undefined,
  stdin: number | "ignore" = "ignore",
) {
  const child = spawn(program, args, {
    env: {},
    cwd: "/",
    stdio: [stdin, "pipe", "pipe", "pipe"],
  })
  if (!child.stdout || !child.stderr) throw new Error("no pipes")
  ;(child.stdio[3] as Writable).on("error", () => {}).end(filter)
  const closed = once(child, "close")
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), buffer(child.stderr)])
  const [exitCode] = (await closed) as [number | null]
  return { stdout, stderr: stderr.toString(), exitCode }
}

/** An ELF file of one segment, loaded at 4 MiB. */
function executable(code: Buffer): Buffer {
  const HEADERS = 64 + 56
  const ADDRESS = 0x400000n
  const file = Buffer.alloc(HEADERS)
  file.write("7f454c4602010100", "hex")
  // An executable, for x86-64.
  file.writeUInt16LE(2, 16)
  file.writeUInt16LE(62, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(ADDRESS + BigInt(HEADERS), 24)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(64, 52)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  // Its segment: loaded, to read and execute.
  file.writeUInt32LE(1, 64)
  file.writeUInt32LE(5, 68)
  file.writeBigUInt64LE(ADDRESS, 80)
  file.writeBigUInt64LE(ADDRESS, 88)
  file.writeBigUInt64LE(BigInt(HEADERS + code.length), 96)
  file.writeBigUInt64LE(BigInt(HEADERS + code.length), 104)
  file.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([file, code])
}
