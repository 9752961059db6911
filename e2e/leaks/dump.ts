/** All that Postgres and Redis hold, as text or bytes to be searched. */
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createConnection } from "node:net"
import { dirname, join } from "node:path"
import pg from "pg"

export async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    const dumps: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `select to_jsonb(${name})::text as row from ${name}`,
      )
      dumps.push(`-- ${name}`, ...rows.map(({ row }) => row))
    }
    return dumps.join("\n")
  } finally {
    await client.end()
  }
}

/** By what Redis writes to its disk itself, uncompressed. */
export async function dumpRedis(url: string): Promise<Buffer> {
  const path = url.replace("unix://", "")
  const socket = createConnection(path)
  await once(socket, "connect")
  const commands = ["CONFIG SET rdbcompression no", "SAVE"]
  socket.write(commands.map((command) => `${command}\r\n`).join(""))
  let replies = ""
  for await (const chunk of socket) {
    replies += String(chunk)
    if (replies.includes("-")) throw new Error(`Redis: ${replies}`)
    if (replies.split("+OK\r\n").length > commands.length) break
  }
  return readFile(join(dirname(path), "dump.rdb"))
}
