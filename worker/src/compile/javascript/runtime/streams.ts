import stderr from "wasi:cli/stderr@0.2.6"
import stdin from "wasi:cli/stdin@0.2.6"
import stdout from "wasi:cli/stdout@0.2.6"
import { isRunning } from "./stage.ts"
import { GuestTextEncoder } from "./text.ts"

/** What one call may carry, by WASI. */
const CHUNK = 4096

export function readInput(): Uint8Array {
  return readToEnd(stdin.getStdin())
}

export function writeOutput(bytes: Uint8Array): void {
  writeAll(stdout.getStdout(), bytes)
}

/** What is logged while the guest is built is lost: WASI is not there yet. */
export function writeLog(line: string): void {
  if (!isRunning()) return
  writeAll(stderr.getStderr(), new GuestTextEncoder().encode(`${line}\n`))
}

export function readToEnd(stream: InputStream): Uint8Array {
  const chunks: Uint8Array[] = []
  for (;;) {
    try {
      chunks.push(Uint8Array.from(stream.blockingRead(64 * 1024)))
    } catch (error) {
      if (isClosed(error)) return join(chunks)
      throw error
    }
  }
}

export function writeAll(stream: OutputStream, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    stream.blockingWriteAndFlush(bytes.subarray(at, at + CHUNK))
  }
}

/** The end of a stream comes as an error of WASI's, with its name or as it is. */
function isClosed(error: unknown): boolean {
  const payload: unknown = Reflect.get(Object(error), "payload") ?? error
  return payload === "closed" || Reflect.get(Object(payload), "tag") === "closed"
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
