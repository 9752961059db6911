import pg from "pg"
import { expect, test } from "vitest"
import { describeWhere } from "./machine.ts"
import { startPostgres } from "./postgres.ts"
import { hasRedis, startRedis } from "./redis.ts"
import { existsSync } from "node:fs"

test("a Postgres of ours keeps its rows through a restart", async () => {
  await using server = await startPostgres()
  await query(server.url, "create table kept as select 7 as seven")

  await server.restart()

  expect(await query(server.url, "select seven from kept")).toEqual([{ seven: 7 }])
})

describeWhere("redis-server", hasRedis(), () => {
  test("a Redis of ours comes back at the same address, and leaves no folder", async () => {
    const server = await startRedis()
    const socket = new URL(server.url).pathname
    await server.restart()
    expect(existsSync(socket)).toBe(true)

    await server[Symbol.asyncDispose]()
    expect(existsSync(socket)).toBe(false)
  })
})

async function query(url: string, text: string) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
