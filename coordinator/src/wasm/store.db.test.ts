import { randomBytes, randomUUID } from "node:crypto"
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createLogger } from "@outlayer/service"
import { dbTest } from "@outlayer/testing"
import type pg from "pg"
import { expect } from "vitest"
import { openDb } from "../db.ts"
import { migrate } from "../migrate.ts"
import { openTestSystem, recordOf } from "../testing/test-system.ts"
import { openWasmFiles } from "./files.ts"
import { createWasmStore } from "./store.ts"

const test = dbTest("coordinator", migrate)

test("the least recently used goes first when the cache is full", async ({ pool }) => {
  await using cache = await openCache(pool, 250)
  const [one, two, three] = [randomBytes(100), randomBytes(100), randomBytes(100)]
  const checksums = [one, two, three].map((bytes) => recordOf(bytes).wasm_hash)
  await cache.store.upload(recordOf(one), one)
  await cache.store.upload(recordOf(two), two)
  await cache.store.read(recordOf(one).wasm_hash)

  await cache.store.upload(recordOf(three), three)

  const found = await Promise.all(checksums.map((checksum) => cache.store.read(checksum)))
  expect(found).toEqual([one, undefined, three])
  expect(await cache.store.sizeBytes()).toBe(200)
  expect(await readdir(cache.folder)).toHaveLength(2)
})

test("what a task is about to run is never evicted", async ({ pool }) => {
  await using system = await openTestSystem(pool, { maxWasmBytes: 100 })
  await system.tasks.create(system.chain.request())
  await system.compile(await system.takeCompile())
  const task = await system.takeExecute()

  await system.upload({ commit: "e".repeat(40) })
  await system.upload({ commit: "f".repeat(40) })

  expect(await system.wasm.read(checksumOf(task))).toBeDefined()
})

test("wasm that got lost is compiled again, for who waits for it too", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  const record = await system.compile(await system.takeCompile())
  await expect.poll(() => system.queue.size("execute")).toBe(1)
  await pool.query("delete from wasm_files where checksum = $1", [record.wasm_hash])

  await system.compile(await system.takeCompile())

  expect((await system.takeExecute()).wasm?.checksum).not.toBe(record.wasm_hash)
})

test("the same bytes twice are kept once, with the records of both", async ({ pool }) => {
  await using cache = await openCache(pool, 1_000)
  const bytes = randomBytes(10)

  const created = [
    await cache.store.upload(recordOf(bytes, "a".repeat(40)), bytes),
    await cache.store.upload(recordOf(bytes, "b".repeat(40)), bytes),
  ]

  expect(created).toEqual([true, false])
  expect((await pool.query("select from builds")).rowCount).toBe(2)
  expect(await readdir(cache.folder)).toHaveLength(1)
})

test("files that a lost database or a crash has left are removed, others are not", async ({
  pool,
}) => {
  await using cache = await openCache(pool, 1_000)
  const known = randomBytes(10)
  await cache.store.upload(recordOf(known), known)
  const orphan = `${"a".repeat(64)}.wasm`
  const young = `${"b".repeat(64)}.wasm`
  const draft = `.${"c".repeat(64)}.${randomUUID()}`
  const foreign = "notes.txt"
  for (const name of [orphan, young, draft, foreign]) await writeFile(join(cache.folder, name), "")
  const yesterday = Date.now() / 1_000 - 86_400
  for (const name of await readdir(cache.folder)) {
    if (name !== young) await utimes(join(cache.folder, name), yesterday, yesterday)
  }

  await cache.store.removeOrphans()

  const left = new Set(await readdir(cache.folder))
  expect(left).toEqual(new Set([`${recordOf(known).wasm_hash}.wasm`, young, foreign]))
})

async function openCache(pool: pg.Pool, maxBytes: number) {
  await pool.query("truncate requests, tasks, builds, wasm_files cascade")
  const folder = await mkdtemp(join(tmpdir(), "outlayer-wasm-"))
  const files = await openWasmFiles(folder)
  const log = createLogger("test", "silent")
  return {
    folder,
    store: createWasmStore({ db: openDb(pool), files, maxBytes, log }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function checksumOf({
  wasm,
}: {
  wasm: { checksum: ReturnType<typeof recordOf>["wasm_hash"] } | null
}) {
  if (!wasm) throw new Error("a task without wasm")
  return wasm.checksum
}
