import { expect, test } from "vitest"
import { VirtualClock } from "../clock.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import { Fuel } from "../fuel.guest.ts"
import { GuestMemory } from "./guest-memory.guest.ts"
import { Randomness } from "../randomness.guest.ts"
import { createPreview1 } from "./preview1.guest.ts"
import { SIGNATURES } from "./signatures.guest.ts"
import { Stderr, Stdin, Stdout } from "../streams.guest.ts"

const PAGE = 65_536
const START_NS = 1_700_000_000_000_000_000n

test("preview 1 is whole: every function of its list is there, and no other", () => {
  const { wasi } = createHost()

  expect(Object.keys(wasi).toSorted()).toEqual(Object.keys(SIGNATURES).toSorted())
  expect(Object.keys(wasi)).toHaveLength(46)
})

test("stdin is read in parts, over several buffers, until it is empty", () => {
  const { wasi, memory, text } = createHost({ stdin: "hello world" })
  setBuffers(memory, 0, [
    [100, 4],
    [200, 3],
  ])

  expect(wasi.fd_read(0, 0, 2, 64)).toBe(ERRNO.success)
  expect([memory.u32(64), text(100, 4), text(200, 3)]).toEqual([7, "hell", "o w"])

  expect(wasi.fd_read(0, 0, 2, 64)).toBe(ERRNO.success)
  expect([memory.u32(64), text(100, 4)]).toEqual([4, "orld"])

  expect(wasi.fd_read(0, 0, 2, 64)).toBe(ERRNO.success)
  expect(memory.u32(64)).toBe(0)
})

test("a bad pointer takes nothing from stdin and adds nothing to stdout", () => {
  const { wasi, memory, text, stdout } = createHost({ stdin: "kept" })
  setBuffers(memory, 0, [[100, 4]])

  expect(wasi.fd_read(0, 0, 1, PAGE - 3)).toBe(ERRNO.fault)
  expect(wasi.fd_write(1, 0, 1, -4)).toBe(ERRNO.fault)
  expect(wasi.fd_read(0, 0, 1, 64)).toBe(ERRNO.success)
  expect(text(100, 4)).toBe("kept")
  setBuffers(memory, 0, [[PAGE - 1, 2]])
  expect(wasi.fd_write(1, 0, 1, 64)).toBe(ERRNO.fault)
  expect(stdout()).toBe("")
})

test("stdout takes what it may, and ends a guest that writes a byte more", () => {
  const { wasi, memory, stdout } = createHost({ maxOutputBytes: 6 })
  memory.bytes(100, 6).set(Buffer.from("abcdef"))
  setBuffers(memory, 0, [[100, 6]])

  expect(wasi.fd_write(1, 0, 1, 64)).toBe(ERRNO.success)
  expect(stdout()).toBe("abcdef")
  setBuffers(memory, 0, [[100, 1]])
  expect(() => wasi.fd_write(1, 0, 1, 64)).toThrow("output")
})

test("of stderr the last bytes are kept, and they cost no output", () => {
  const { wasi, memory, stderr } = createHost({ maxOutputBytes: 0 })
  memory.bytes(100, 5000).fill(0x61)
  setBuffers(memory, 0, [[100, 5000]])

  wasi.fd_write(2, 0, 1, 64)
  memory.bytes(100, 5000).fill(0x62)
  wasi.fd_write(2, 0, 1, 64)

  expect(stderr()).toBe("a".repeat(3192) + "b".repeat(5000))
})

test("descriptors are used for what they are, closed for good, and moved", () => {
  const { wasi, memory, stderr } = createHost()
  memory.bytes(100, 1).fill(0x61)
  setBuffers(memory, 0, [[100, 1]])

  expect(wasi.fd_write(0, 0, 1, 64)).toBe(ERRNO.badf)
  expect(wasi.fd_read(1, 0, 1, 64)).toBe(ERRNO.badf)
  expect(wasi.fd_write(3, 0, 1, 64)).toBe(ERRNO.badf)
  expect(wasi.fd_renumber(2, 1)).toBe(ERRNO.success)
  expect(wasi.fd_write(1, 0, 1, 64)).toBe(ERRNO.success)
  expect(stderr()).toBe("a")
  expect(wasi.fd_close(1)).toBe(ERRNO.success)
  expect(wasi.fd_write(1, 0, 1, 64)).toBe(ERRNO.badf)
  expect(wasi.fd_close(1)).toBe(ERRNO.badf)
})

test("streams are neither files, nor terminals, nor seekable", () => {
  const { wasi, memory } = createHost()

  expect(wasi.fd_fdstat_get(1, 0)).toBe(ERRNO.success)
  expect(memory.u8(0)).toBe(0)
  expect(wasi.fd_filestat_get(1, 0)).toBe(ERRNO.success)
  expect(wasi.fd_seek(1, 0n, 0, 0)).toBe(ERRNO.spipe)
  expect(wasi.fd_readdir(1, 0, 0, 0n, 0)).toBe(ERRNO.notdir)
})

test("there are no folders and no sockets", () => {
  const { wasi } = createHost()

  expect(wasi.fd_prestat_get(3, 0)).toBe(ERRNO.badf)
  expect(wasi.path_open(3, 0, 0, 1, 0, 0n, 0n, 0, 0)).toBe(ERRNO.badf)
  expect(wasi.path_open(0, 0, 0, 1, 0, 0n, 0n, 0, 0)).toBe(ERRNO.notdir)
  expect(wasi.path_symlink(0, 1, 3, 0, 1)).toBe(ERRNO.badf)
  expect(wasi.sock_recv(0, 0, 0, 0, 0, 0)).toBe(ERRNO.notsock)
})

test("arguments and environment arrive as C strings", () => {
  const { wasi, memory, text } = createHost({ environment: [["NAME", "värde"]] })

  wasi.args_sizes_get(0, 4)
  expect([memory.u32(0), memory.u32(4)]).toEqual([2, 11])
  wasi.args_get(100, 200)
  expect([memory.u32(100), memory.u32(104)]).toEqual([200, 206])
  expect(text(200, 11)).toBe("guest\0-arg\0")
  wasi.environ_sizes_get(0, 4)
  expect([memory.u32(0), memory.u32(4)]).toEqual([1, 12])
  wasi.environ_get(100, 200)
  expect(text(200, 12)).toBe("NAME=värde\0")
})

test("time passes with work and with sleep, which takes none of ours", () => {
  const { wasi, memory, fuel } = createHost()
  const read = (clock: number) => {
    expect(wasi.clock_time_get(clock, 0n, 0)).toBe(ERRNO.success)
    return memory.u64(0)
  }

  expect(read(0)).toBe(START_NS + fuel.used)
  const before = read(1)
  setSleep(memory, 0, 1, 3_600_000_000_000n)
  expect(wasi.poll_oneoff(0, 100, 1, 200)).toBe(ERRNO.success)
  expect(memory.u32(200)).toBe(1)
  expect(read(1) - before).toBeGreaterThan(3_600_000_000_000n)
  expect(read(1) - before).toBeLessThan(3_600_000_100_000n)
  expect(read(2)).toBe(fuel.used)
  expect(wasi.clock_time_get(9, 0n, 0)).toBe(ERRNO.inval)
})

test("the earliest of several sleeps ends a poll, and a stream is ready before any", () => {
  const { wasi, memory } = createHost({ stdin: "abc" })
  setSleep(memory, 0, 7, 5_000_000n)
  setSleep(memory, 48, 8, 1_000_000n)

  wasi.poll_oneoff(0, 200, 2, 400)
  expect([memory.u32(400), memory.u64(200)]).toEqual([1, 8n])

  memory.setU64(48, 9n)
  memory.setU8(56, 1)
  memory.setU32(64, 0)
  wasi.poll_oneoff(0, 200, 2, 400)
  expect([memory.u32(400), memory.u64(200), memory.u64(216)]).toEqual([1, 9n, 3n])
  expect(wasi.poll_oneoff(0, 200, 0, 400)).toBe(ERRNO.inval)
})

test("every call is paid for before it acts, the more the more it moves", () => {
  const { wasi, fuel } = createHost()
  const priceOf = (call: () => unknown) => {
    const before = fuel.used
    call()
    return fuel.used - before
  }

  const plain = priceOf(() => wasi.sched_yield())
  expect(plain).toBeGreaterThan(0n)
  expect(priceOf(() => wasi.random_get(0, 1000))).toBe(plain + 8000n)
  expect(priceOf(() => wasi.random_get(0, 2 ** 31))).toBe(plain + 8n * 2n ** 31n)
})

test("a call that cannot be paid for does nothing", () => {
  const { wasi, memory, fuel } = createHost({ maxInstructions: 5000n })

  expect(() => wasi.random_get(0, 1000)).toThrow("fuel")
  expect(memory.u64(0)).toBe(0n)
  expect(fuel.isSpent).toBe(true)
  expect(fuel.used).toBe(5000n)
})

test("long lists are refused before they are read", () => {
  const { wasi } = createHost()

  expect(wasi.fd_write(1, 0, -1, 0)).toBe(ERRNO.inval)
  expect(wasi.poll_oneoff(0, 0, 2 ** 31, 0)).toBe(ERRNO.inval)
})

test("before the guest is instantiated there is no memory to point into", () => {
  const { wasi } = createHost({ attach: false })

  expect(wasi.random_get(0, 1)).toBe(ERRNO.fault)
})

interface Settings {
  stdin?: string
  environment?: [name: string, value: string][]
  maxOutputBytes?: number
  maxInstructions?: bigint
  attach?: boolean
}

function createHost(settings: Settings = {}) {
  const maxInstructions = settings.maxInstructions ?? 10n ** 11n
  const left = new WebAssembly.Global({ value: "i64", mutable: true }, maxInstructions)
  const fuel = new Fuel(left, maxInstructions)
  const memory = new GuestMemory()
  if (settings.attach ?? true) memory.attach(new WebAssembly.Memory({ initial: 1 }))
  let output = ""
  const stdout = new Stdout(settings.maxOutputBytes ?? 1000, (bytes) => {
    output += Buffer.from(bytes).toString()
  })
  const stderr = new Stderr()
  const wasi = createPreview1(
    {
      fuel,
      clock: new VirtualClock(START_NS, fuel),
      random: new Randomness(new Uint8Array(32), fuel),
      arguments: ["guest", "-arg"],
      environment: settings.environment ?? [],
      stdin: new Stdin(Buffer.from(settings.stdin ?? "")),
      stdout,
      stderr,
    },
    memory,
  )
  return {
    wasi,
    memory,
    fuel,
    text: (at: number, length: number) => Buffer.from(memory.bytes(at, length)).toString(),
    stdout: () => (stdout.flush(), output),
    stderr: () => Buffer.from(stderr.tail).toString(),
  }
}

function setBuffers(memory: GuestMemory, at: number, buffers: [pointer: number, length: number][]) {
  for (const [index, [pointer, length]] of buffers.entries()) {
    memory.setU32(at + 8 * index, pointer)
    memory.setU32(at + 8 * index + 4, length)
  }
}

/** A subscription of a relative timeout on the monotonic clock. */
function setSleep(memory: GuestMemory, at: number, userData: number, timeoutNs: bigint) {
  memory.setU64(at, BigInt(userData))
  memory.setU8(at + 8, 0)
  memory.setU32(at + 16, 1)
  memory.setU64(at + 24, timeoutNs)
  memory.setU16(at + 40, 0)
}
