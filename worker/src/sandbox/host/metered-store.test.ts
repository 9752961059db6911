import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test as base } from "vitest"
import type { GuestProcess } from "./guest-process.ts"
import { Meter } from "./meter.ts"
import { openMeteredStore } from "./metered-store.ts"

const SECRET = new Uint8Array(32).fill(1)
const WASM = Uint8Array.of(1, 2, 3)

const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-store-"))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return join(folder, "metered")
})

test("what was written is there for who opens the folder again, and for no other key", async ({
  folder,
}) => {
  await (await open(folder)).write("a", WASM)

  expect(await (await open(folder)).read("a")).toEqual(WASM)
  expect(await (await open(folder)).read("b")).toBeUndefined()
  const other = await openMeteredStore({ folder, secret: new Uint8Array(32).fill(2) })
  expect(await other.read("a")).toBeUndefined()
})

test("an entry that is cut off, altered or another's is not used, and goes", async ({ folder }) => {
  const store = await open(folder)
  await store.write("other", Uint8Array.of(4))
  const [otherName = ""] = await readdir(folder)
  const other = await readFile(join(folder, otherName))
  await rm(join(folder, otherName))
  await store.write("a", WASM)
  const [name = ""] = await readdir(folder)
  const whole = await readFile(join(folder, name))
  const altered = Buffer.from(whole)
  altered[whole.length - 1] = 9
  const cuts = Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length))

  for (const bytes of [...cuts, altered, other, Buffer.concat([whole, Buffer.of(0)])]) {
    await writeFile(join(folder, name), bytes)
    expect(await store.read("a")).toBeUndefined()
    expect(await readdir(folder)).toEqual([])
  }

  await writeFile(join(folder, name), whole)
  expect(await store.read("a")).toEqual(WASM)
})

test("nobody else can open the folder or its files", async ({ folder }) => {
  await open(folder)
  await chmod(folder, 0o755)
  await (await open(folder)).write("a", WASM)

  const [name = ""] = await readdir(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
})

test("the longest unused go when it is full, and old drafts", async ({ folder }) => {
  const store = await openMeteredStore({ folder, secret: SECRET, maxBytes: 250 })
  await writeFile(join(folder, "draft-1"), "left by a worker that was killed")
  await utimes(join(folder, "draft-1"), 1, 1)
  for (const key of ["a", "b"]) {
    await store.write(key, new Uint8Array(60))
    for (const name of await readdir(folder)) await utimes(join(folder, name), 2, 2)
  }
  await store.read("a")

  await store.write("c", new Uint8Array(60))
  await store.write("too large", new Uint8Array(250))

  expect(await store.read("b")).toBeUndefined()
  expect(await store.read("a")).toHaveLength(60)
  expect(await store.read("c")).toHaveLength(60)
  expect(await readdir(folder)).toHaveLength(2)
})

test("a worker that has restarted asks no child for what it had made", async ({ folder }) => {
  const store = await open(folder)
  const program = { wasm: Uint8Array.of(0), hash: "p" }
  const tools = { meter: [], transpile: [] }
  const code = Uint8Array.of(7, 7)
  const ending = { kind: "reported", report: { kind: "metered" } }
  const child = { ask: async () => ({ ending, bytes: WASM, code }) } as unknown as GuestProcess
  const before = { pool: { take: async () => child }, tools, engine: "engine", store }
  const made = await new Meter(before).meter(program, 1)
  const take = () => Promise.reject(new Error("a child was asked"))
  const options = { ...before, pool: { take } }
  const meter = new Meter(options)

  expect(made).toMatchObject({ kind: "metered", wasm: WASM, code })
  expect(await meter.meter(program, 1)).toEqual(made)
  await expect(meter.meter(program, 2)).rejects.toThrow("a child was asked")
  await expect(new Meter({ ...options, engine: "next" }).meter(program, 1)).rejects.toThrow(
    "a child was asked",
  )
})

function open(folder: string) {
  return openMeteredStore({ folder, secret: SECRET })
}
