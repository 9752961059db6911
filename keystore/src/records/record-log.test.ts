import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { AccountId, Sha256Hex } from "@outlayer/protocol"
import { recordBytes, recordHash } from "@outlayer/protocol/pure"
import { importSigningSeed, importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openKeyring } from "../keys/keyring.ts"
import { openRecordLog, type RecordLog } from "./record-log.ts"

const keyring = await keyringOf(7, { epoch: 1, oldestEpoch: 1 })
const { signing } = keyring
let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "outlayer-records-"))
  path = join(folder, "records.jsonl")
})

afterEach(() => rm(folder, { recursive: true }))

test("records of an owner are numbered, chained and signed, whoever comes between", async () => {
  await using log = await openRecordLog(path, keyring)

  await Promise.all(["a.near", "b.near", "a.near", "a.near"].map((owner) => add(log, owner)))

  const records = await log.read("a.near", 0, 10)
  let previous = "0".repeat(128)
  for (const [at, { record, signature }] of records.entries()) {
    expect([record.number, record.previous]).toEqual([at + 1, previous])
    const bytes = recordBytes(nodePrimitives, record)
    expect(importVerifier(signing.publicKey)?.(bytes, Buffer.from(signature, "base64"))).toBe(true)
    previous = recordHash(nodePrimitives, record)
  }
  expect(log.head("a.near")).toEqual({ count: 3, head: previous })
  expect(await log.read("a.near", 1, 1)).toEqual(records.slice(1, 2))
  expect(await log.read("nobody.near", 0, 10)).toEqual([])
})

test("they are on the disk when they are answered, and there again after a restart", async () => {
  await using first = await openRecordLog(path, keyring)
  await Promise.all(Array.from({ length: 100 }, () => add(first, "a.near")))
  const before = first.head("a.near")

  // As after a crash: the file as it is.
  await using again = await openRecordLog(path, keyring)

  expect(again.head("a.near")).toEqual(before)
  await add(again, "a.near")
  expect(again.head("a.near").count).toBe(101)
})

test("a line that a crash cut short was never answered, and goes", async () => {
  await using first = await openRecordLog(path, keyring)
  await add(first, "a.near")
  const whole = await readFile(path, "utf8")
  await appendFile(path, whole.slice(0, 100))

  await using again = await openRecordLog(path, keyring)

  expect(again.head("a.near").count).toBe(1)
  expect(await readFile(path, "utf8")).toBe(whole)
})

test("a file that somebody edited is not opened", async () => {
  await using first = await openRecordLog(path, keyring)
  for (const owner of ["a.near", "a.near", "a.near"]) await add(first, owner)
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n")
  const [one = "", two = "", three = ""] = lines
  const foreign = importSigningSeed(new Uint8Array(32).fill(2))
  const edits = [
    [one, three],
    [two, one, three],
    [one, one],
    [one.replace('"request_id":7', '"request_id":8'), two, three],
    [one.replace(signing.publicKey, foreign.publicKey), two, three],
    ["{}"],
  ]
  for (const edited of edits) {
    await writeFile(path, `${edited.join("\n")}\n`)
    await expect(openRecordLog(path, keyring)).rejects.toThrow(/not genuine|invalid|Invalid/i)
  }
})

test("a history that another key has signed is not opened, however well it is made", async () => {
  const foreign = await keyringOf(8, { epoch: 1, oldestEpoch: 1 })
  await using forged = await openRecordLog(path, foreign)
  await add(forged, "a.near")
  await add(forged, "a.near")

  await expect(openRecordLog(path, keyring)).rejects.toThrow("is not genuine")
})

test("records of every epoch before are our own, also of one whose secrets open no more", async () => {
  await using first = await openRecordLog(path, keyring)
  await add(first, "a.near")
  const later = await keyringOf(7, { epoch: 3, oldestEpoch: 3 })

  await using again = await openRecordLog(path, later)
  await add(again, "a.near")

  expect(again.head("a.near").count).toBe(2)
  // An epoch that is yet to come has signed nothing.
  await expect(openRecordLog(path, keyring)).rejects.toThrow("is not genuine")
})

/** With a master secret for every number. */
function keyringOf(master: number, epochs: { epoch: number; oldestEpoch: number }) {
  const read = async (epoch: number) => new Uint8Array(32).fill(master).fill(epoch, 31)
  const place = { network: "localnet", contractId: "outlayer.near" }
  return openKeyring({ name: "test", read }, { ...place, ...epochs })
}

function add(log: RecordLog, owner: string) {
  return log.append({
    owner: AccountId.parse(owner),
    denial: null,
    network: "localnet",
    contract_id: AccountId.parse("outlayer.near"),
    request_id: 7,
    request_hash: Sha256Hex.parse("1".repeat(64)),
    sender_id: AccountId.parse("app.near"),
    repo: "github.com/owner/name",
    branch: null,
    profile: "default",
    commit: "2".repeat(40),
    wasm_hash: Sha256Hex.parse("3".repeat(64)),
    branches: ["main"],
    worker_key: signing.publicKey,
    measurement: "4".repeat(64),
    question_hash: "5".repeat(128),
    answer_hash: "6".repeat(128),
    block_height: 9,
    block_hash: "1".repeat(32),
    block_time_ns: "1700000000000000000",
  })
}
