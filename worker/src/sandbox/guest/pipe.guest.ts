/**
 * The child's end of the two pipes. Blocking on purpose: a guest's host calls cannot wait for
 * promises, and there is nothing else to do meanwhile.
 */
import fs from "node:fs"
import {
  FRAME,
  FRAME_HEADER_BYTES,
  type FrameKind,
  frameHeader,
  type Job,
  partsOf,
} from "../wire.ts"

const STDIN = 0
const STDOUT = 1
/** A larger payload costs more to copy than a call more. */
const MAX_JOINED_BYTES = 16_384

/** `undefined` when the worker has hung up before it had a job for us. */
export function readJob(): { job: Job; parts: Uint8Array[] } | undefined {
  const header = readFrame(FRAME.job)
  if (!header) return undefined
  const job = JSON.parse(new TextDecoder().decode(header)) as Job
  const parts = Array.from({ length: partsOf(job) }, () => readFrame(FRAME.bytes))
  return { job, parts: parts.map((part) => part ?? cutOff()) }
}

export function writeFrame(kind: FrameKind, payload: Uint8Array): void {
  const header = frameHeader(kind, payload.length)
  // Together, or the worker wakes up for each.
  if (payload.length <= MAX_JOINED_BYTES) return writeFully(Buffer.concat([header, payload]))
  writeFully(header)
  writeFully(payload)
}

/** All that the guest may read, from a worker that had not given it with the job. */
export function askForStdin(): Uint8Array {
  writeFrame(FRAME.stdin, new Uint8Array(0))
  return readFrame(FRAME.bytes) ?? cutOff()
}

/** Waits for as long as the worker lets the network take. */
export function askForHttp(question: Uint8Array): Uint8Array {
  writeFrame(FRAME.http, question)
  return readFrame(FRAME.http) ?? cutOff()
}

export function writeReport(report: object): void {
  writeFrame(FRAME.report, new TextEncoder().encode(JSON.stringify(report)))
}

function readFrame(expected: FrameKind): Uint8Array | undefined {
  const header = readFully(FRAME_HEADER_BYTES)
  if (!header) return undefined
  if (header[0] !== expected) throw new Error(`frame ${header[0]} where ${expected} was due`)
  return readFully(new DataView(header.buffer).getUint32(1, true)) ?? cutOff()
}

function readFully(length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const count = fs.readSync(STDIN, bytes, at, length - at, null)
    if (count === 0) return at === 0 ? undefined : cutOff()
    at += count
  }
  return bytes
}

function writeFully(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(STDOUT, bytes, at)
}

function cutOff(): never {
  throw new Error("the worker hung up in the middle of a job")
}
