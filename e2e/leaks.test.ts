/** The search of logs and stores that every story ends with: it finds what is there. */
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { once } from "node:events"
import { createConnection } from "node:net"
import { describeWhere } from "@outlayer/testing/machine"
import { hasRedis, startPostgres, startRedis } from "@outlayer/testing/servers"
import { baseEncode, KeyPair } from "near-api-js"
import pg from "pg"
import { expect, test } from "vitest"
import { dumpPostgres, dumpRedis } from "./leaks/dump.ts"
import { findLeaks } from "./leaks/leaks.ts"
import { watchLeaks } from "./leaks/watch-leaks.ts"

const TEXT = `it's "secret" \\ ü ${crypto.randomUUID()}`
const KEY = randomBytes(32)
const json = JSON.stringify

test.for([
  ["as it is", TEXT],
  ["in JSON", json({ a: TEXT })],
  ["in JSON in JSON", json({ a: json({ b: TEXT }) })],
  ["in JSON of ASCII alone", json(TEXT).replace("ü", "\\u00fc")],
  ["in a URL", `/?a=${encodeURIComponent(TEXT)}`],
  ["in hex", Buffer.from(TEXT).toString("hex")],
  ["in base64", Buffer.from(`a${TEXT}b`).toString("base64")],
  ["in base64url", Buffer.from(`ab${TEXT}c`).toString("base64url")],
  ["in a header", `Basic ${Buffer.from(`user:${TEXT}`).toString("base64")}`],
])("a text %s is found among other lines, and only where it is", ([, written]) => {
  const places = [
    { name: "one", content: `before\n${written}\nafter` },
    { name: "other", content: "nothing" },
  ]
  expect(findLeaks(places, [{ name: "text", value: TEXT }])).toEqual(["text in one"])
})

test.for([
  ["hex", KEY.toString("hex")],
  ["upper hex", KEY.toString("hex").toUpperCase()],
  ["base64", KEY.toString("base64")],
  ["base64url", KEY.toString("base64url")],
  ["base58", baseEncode(KEY)],
  ["numbers", json([...KEY])],
  ["bytes", KEY],
] as const)("a key in %s is found", ([, content]) => {
  expect(findLeaks([{ name: "a log", content }], [{ name: "key", value: KEY }])).toEqual([
    "key in a log",
  ])
})

test("a private key that no test knows is found by its public half", () => {
  const near = KeyPair.fromRandom("ed25519")
  const { privateKey, publicKey } = generateKeyPairSync("x25519")
  const x25519 = privateKey.export({ format: "jwk" })
  const half = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex")
  const find = (content: string, shown?: string) =>
    findLeaks([{ name: "a log", content }], [], shown)

  expect(find(`${near.toString()} ${near.getPublicKey().toString()}`)).toHaveLength(1)
  expect(find(near.toString(), near.getPublicKey().toString())).toHaveLength(1)
  expect(find(json({ key: x25519.d }), json({ reply_key: half }))).toHaveLength(1)
  expect(find(Buffer.from(x25519.d ?? "", "base64url").toString("hex"), half)).toHaveLength(1)
  expect(find(near.getPublicKey().toString(), half)).toEqual([])
})

test("what a story prints or stores fails it, and what it does not lets it pass", () => {
  const leaks = watchLeaks()
  const value = leaks.invent("planted")
  leaks.onSecret("API_AUTH_TOKEN", "the-token")
  const line = { service: "worker", msg: "text", level: 20 }
  const nothing = { stores: [], keys: [{ name: "master key", value: KEY }], hostile: undefined }
  const holding = (content: string) => ({ ...nothing, stores: [{ name: "Postgres", content }] })

  leaks.onLog(line, json({ ...line, said: "nothing" }))
  expect(() => leaks.expectNone(nothing)).not.toThrow()
  expect(() => leaks.expectNone(holding(`token the-token`))).toThrow("API_AUTH_TOKEN in Postgres")
  expect(() => leaks.expectNone(holding(KEY.toString("hex")))).toThrow("master key in Postgres")
  leaks.onLog(line, json({ ...line, said: value }))
  expect(() => leaks.expectNone(nothing)).toThrow("planted in a log")
})

test("a dump of Postgres has every column of every table", async () => {
  await using server = await startPostgres()
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query("create table places (text text, json json, bytes bytea)")
  await client.query("insert into places values ($1, $2, $3)", [TEXT, json({ a: TEXT }), KEY])
  await client.end()

  const content = await dumpPostgres(server.url)

  const row: unknown = JSON.parse(content.split("\n").at(-1) ?? "")
  expect(row).toEqual({ text: TEXT, json: { a: TEXT }, bytes: `\\x${KEY.toString("hex")}` })
})

describeWhere("redis-server", hasRedis(), () => {
  test("a dump of Redis has keys and values", async () => {
    await using server = await startRedis()
    const socket = createConnection(server.url.replace("unix://", ""))
    await once(socket, "connect")
    const hex = KEY.toString("hex")
    socket.write(`SET ${hex} ${"a".repeat(2_000)}${KEY.toString("base64")}\r\n`)
    await once(socket, "data")
    socket.destroy()

    const content = await dumpRedis(server.url)

    expect(content.includes(hex)).toBe(true)
    expect(content.includes(KEY.toString("base64"))).toBe(true)
  })
})
