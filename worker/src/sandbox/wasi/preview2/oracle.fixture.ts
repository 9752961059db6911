/** preview2-shim over a folder of its own, for tests that do the same with it and with ours. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation"
import { afterAll } from "vitest"

export type Interfaces = Record<string, Record<string, unknown>>

/** Gone when the file's tests are over. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "outlayer-oracle-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  return folder
}

export function shimOver(root: string): Interfaces {
  const sandbox = { preopens: { "/": root }, env: { NAME: "value" }, args: ["guest.wasm", "one"] }
  return new WASIShim({ sandbox }).getImportObject() as unknown as Interfaces
}

export function rootOf(interfaces: Record<string, object>): Descriptor {
  const preopens = interfaces["wasi:filesystem/preopens"] as {
    getDirectories(): [Descriptor, string][]
  }
  const [first] = preopens.getDirectories()
  if (!first) throw new Error("no folder")
  return first[0]
}

export interface Attempt {
  ok?: unknown
  error?: unknown
}

/** What the glue would make of it. */
export function attempt(work: unknown): Attempt {
  try {
    return { ok: (work as () => unknown)() }
  } catch (error) {
    const payload =
      typeof error === "object" && error !== null && "payload" in error ? error.payload : error
    return { error: payload instanceof Error ? payload.message : payload }
  }
}

export function drawer(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export interface Descriptor {
  createDirectoryAt(path: string): void
  removeDirectoryAt(path: string): void
  unlinkFileAt(path: string): void
  renameAt(from: string, to: Descriptor, path: string): void
  linkAt(flags: object, from: string, to: Descriptor, path: string): void
  symlinkAt(target: string, path: string): void
  readlinkAt(path: string): string
  openAt(flags: object, path: string, open: object, descriptor: object): Descriptor
  statAt(flags: object, path: string): { type: string; size: bigint }
  stat(): { type: string; size: bigint }
  read(length: bigint, offset: bigint): [Uint8Array, boolean]
  write(bytes: Uint8Array, offset: bigint): bigint
  setSize(size: bigint): void
  getType(): string
  isSameObject(other: Descriptor): boolean
  readViaStream(offset: bigint): InputStream
  writeViaStream(offset: bigint): OutputStream
  appendViaStream(): OutputStream
  readDirectory(): { readDirectoryEntry(): { name: string; type: string } | undefined }
  [Symbol.dispose]?(): void
}

export interface InputStream {
  read(length: bigint): Uint8Array
  blockingRead(length: bigint): Uint8Array
  subscribe(): Pollable
  [Symbol.dispose](): void
}

export interface OutputStream {
  checkWrite(): bigint
  write(bytes: Uint8Array): void
  blockingWriteAndFlush(bytes: Uint8Array): void
  writeZeroes(length: bigint): void
  blockingWriteZeroesAndFlush(length: bigint): void
  flush(): void
  blockingFlush(): void
  subscribe(): Pollable
  [Symbol.dispose](): void
}

export interface Pollable {
  ready(): boolean
  block(): void
  [Symbol.dispose](): void
}
