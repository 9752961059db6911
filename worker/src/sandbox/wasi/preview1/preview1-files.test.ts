import { expect, test } from "vitest"
import { VirtualClock } from "../clock.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { FileSystem } from "../files/file-system.guest.ts"
import { fillFileSystem } from "../files/given-files.guest.ts"
import { Fuel } from "../fuel.guest.ts"
import { GuestMemory } from "./guest-memory.guest.ts"
import { Randomness } from "../randomness.guest.ts"
import { createPreview1 } from "./preview1.guest.ts"
import { RIGHT } from "./rights.guest.ts"
import { Stderr, Stdin, Stdout } from "../streams.guest.ts"

const ROOT = 3
const CREATE = 1
const READ_WRITE = RIGHT.fd_read | RIGHT.fd_write
const PATH_AT = 1000
const BUFFER_AT = 3000
const RESULT_AT = 2000

test("the root is told of as /, and only to a guest that was given files", () => {
  const { wasi, memory } = createHost({})
  const without = createHost()

  expect(wasi.fd_prestat_get(ROOT, RESULT_AT)).toBe(ERRNO.success)
  expect(memory.u32(RESULT_AT + 4)).toBe(1)
  expect(without.wasi.fd_prestat_get(ROOT, RESULT_AT)).toBe(ERRNO.badf)
  expect(without.open("a", READ_WRITE, CREATE).errno).toBe(ERRNO.badf)
})

test("what was given is read, overwritten and read again", () => {
  const { open, read, write } = createHost({ "in/a": "hello world" })

  const { fd } = open("in/a", READ_WRITE)
  expect(read(fd, 5)).toBe("hello")
  expect(write(fd, "_WORLD")).toBe(ERRNO.success)
  expect(read(fd, 5)).toBe("")
  expect(read(open("in/a", RIGHT.fd_read).fd, 99)).toBe("hello_WORLD")
})

test("a descriptor is used for no more than it was opened for, nor gains rights", () => {
  const { wasi, open, read, write } = createHost({ a: "a" })
  const reader = open("a", RIGHT.fd_read).fd
  const writer = open("a", RIGHT.fd_write).fd

  expect(write(reader, "b")).toBe(ERRNO.badf)
  expect(read(writer, 1)).toBe(ERRNO.badf)
  expect(wasi.fd_tell(reader, RESULT_AT)).toBe(ERRNO.notcapable)
  expect(wasi.fd_fdstat_set_rights(reader, READ_WRITE, 0n)).toBe(ERRNO.notcapable)
  expect(wasi.fd_fdstat_set_rights(ROOT, RIGHT.path_open, RIGHT.fd_read)).toBe(ERRNO.success)
  expect(open("a", READ_WRITE).errno).toBe(ERRNO.notcapable)
  expect(open("new", RIGHT.fd_read, CREATE).errno).toBe(ERRNO.notcapable)
  expect(read(open("a", RIGHT.fd_read).fd, 9)).toBe("a")
})

test("a listing that goes on while files come and go misses none and tells of none twice", () => {
  const names = Array.from({ length: 40 }, (_, index) => `file-${index}`)
  const { wasi, memory, path, open } = createHost(
    Object.fromEntries(names.map((name) => [name, name])),
  )
  const seen: string[] = []

  for (let cookie = 0n; ;) {
    wasi.fd_readdir(ROOT, BUFFER_AT, 100, cookie, RESULT_AT)
    if (memory.u32(RESULT_AT) < 24) break
    cookie = memory.u64(BUFFER_AT)
    const length = memory.u32(BUFFER_AT + 16)
    const name = Buffer.from(memory.bytes(BUFFER_AT + 24, length)).toString()
    seen.push(name)
    if (name.startsWith("file")) wasi.path_unlink_file(ROOT, ...path(name))
    if (seen.length === 10) open("late", 0n, CREATE)
  }

  expect(seen).toEqual([".", "..", ...names.toSorted(), "late"])
})

test("bad text, bad flags and too many descriptors are refused, and leave nothing behind", () => {
  const { wasi, memory, path, open } = createHost({})

  memory.bytes(PATH_AT, 1).fill(0xff)
  expect(wasi.path_create_directory(ROOT, PATH_AT, 1)).toBe(ERRNO.ilseq)
  expect(wasi.path_create_directory(ROOT, ...path("a\0b"))).toBe(ERRNO.inval)
  expect(wasi.path_create_directory(ROOT, ...path("x".repeat(256)))).toBe(ERRNO.nametoolong)
  expect(wasi.path_create_directory(ROOT, PATH_AT, 4097)).toBe(ERRNO.nametoolong)
  expect(open("a", 0n, CREATE | 16).errno).toBe(ERRNO.inval)
  for (let fd = 4; fd < 1024; fd += 1) expect(open(".", 0n).fd).toBe(fd)
  expect(open("a", 0n, CREATE).errno).toBe(ERRNO.mfile)
  expect(wasi.path_unlink_file(ROOT, ...path("a"))).toBe(ERRNO.noent)
})

function createHost(given?: Record<string, string>) {
  const limit = 10n ** 11n
  const fuel = new Fuel(new WebAssembly.Global({ value: "i64", mutable: true }, limit), limit)
  const memory = new GuestMemory()
  memory.attach(new WebAssembly.Memory({ initial: 1 }))
  // In the order that the sandbox gives them.
  const sorted = given && Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const clock = new VirtualClock(0n, fuel)
  const files = sorted && new FileSystem(fuel, clock)
  const all = sorted?.map(([path, text]) => ({ path, bytes: Buffer.from(text), isLink: false }))
  if (files && all) fillFileSystem(files, all)
  const wasi = createPreview1(
    {
      fuel,
      clock,
      random: new Randomness(new Uint8Array(32), fuel),
      arguments: [],
      environment: [],
      stdin: new Stdin(new Uint8Array(0)),
      stdout: new Stdout(0, () => {}),
      stderr: new Stderr(),
      files,
    },
    memory,
  )

  function path(text: string): [at: number, length: number] {
    const bytes = Buffer.from(text)
    memory.bytes(PATH_AT, bytes.length).set(bytes)
    return [PATH_AT, bytes.length]
  }

  function setBuffer(length: number): void {
    memory.setU32(PATH_AT, BUFFER_AT)
    memory.setU32(PATH_AT + 4, length)
  }

  return {
    wasi,
    memory,
    path,
    open: (name: string, rights: bigint, flags = 0) => {
      const errno = wasi.path_open(ROOT, 0, ...path(name), flags, rights, 0n, 0, RESULT_AT)
      return { errno, fd: memory.u32(RESULT_AT) }
    },
    read: (fd: number, length: number): string | number => {
      setBuffer(length)
      const errno = wasi.fd_read(fd, PATH_AT, 1, RESULT_AT)
      if (errno !== ERRNO.success) return errno
      return Buffer.from(memory.bytes(BUFFER_AT, memory.u32(RESULT_AT))).toString()
    },
    write: (fd: number, text: string): number => {
      memory.bytes(BUFFER_AT, text.length).set(Buffer.from(text))
      setBuffer(text.length)
      return wasi.fd_write(fd, PATH_AT, 1, RESULT_AT)
    },
  }
}
