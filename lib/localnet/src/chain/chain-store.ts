import { DatabaseSync } from "node:sqlite"
import { deserialize, serialize } from "node:v8"
import { type Trie, trieSet } from "../state/trie.ts"
import { type Block, idsOf, type LiveBlock } from "./block.ts"

const SCHEMA = `
  create table if not exists blocks (height integer primary key, hash text not null unique, body blob not null) strict;
  create table if not exists state (key text primary key, value blob not null) strict, without rowid;
  create table if not exists places (id text primary key, height integer not null) strict, without rowid;
`

/** A chain on disk: one transaction a block, so that a kill at any moment leaves a whole number of blocks. */
export class ChainStore {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    // A block is safe from a killed process, not from a power cut.
    this.#db.exec("pragma journal_mode = wal; pragma synchronous = normal;")
    this.#db.exec(SCHEMA)
  }

  /** The last block with its state; undefined when the store is empty. */
  load(): LiveBlock | undefined {
    const row = this.#one("select body from blocks order by height desc limit 1")
    if (row === undefined) return undefined
    let root: Trie
    for (const { key, value } of this.#db.prepare("select key, value from state").iterate()) {
      root = trieSet(root, String(key), deserialize(value as Uint8Array))
    }
    return { ...readBody(row), root }
  }

  save(live: LiveBlock): void {
    const block = { ...live, root: undefined }
    if (this.heightOfBlock(block.hash) !== undefined) return
    this.#db.exec("begin")
    const put = this.#db.prepare("insert or replace into state (key, value) values (?, ?)")
    const remove = this.#db.prepare("delete from state where key = ?")
    for (const [key, value] of new Map(block.changes.map((c) => [c.key, c.value]))) {
      if (value === undefined) remove.run(key)
      else put.run(key, serialize(value))
    }
    const place = this.#db.prepare("insert or replace into places (id, height) values (?, ?)")
    for (const id of idsOf(block)) place.run(id, block.height)
    this.#db
      .prepare("insert into blocks (height, hash, body) values (?, ?, ?)")
      .run(block.height, block.hash, serialize(block))
    this.#db.exec("commit")
  }

  block(id: string | number): Block | undefined {
    const column = typeof id === "number" ? "height" : "hash"
    const row = this.#one(`select body from blocks where ${column} = ?`, id)
    return row && readBody(row)
  }

  heightOfBlock(hash: string): number | undefined {
    return this.#number("select height as n from blocks where hash = ?", hash)
  }

  place(id: string): number | undefined {
    return this.#number("select height as n from places where id = ?", id)
  }

  firstHeight(): number | undefined {
    return this.#number("select min(height) as n from blocks")
  }

  close(): void {
    this.#db.close()
  }

  #one(sql: string, ...parameters: (string | number)[]): Record<string, unknown> | undefined {
    return this.#db.prepare(sql).get(...parameters)
  }

  #number(sql: string, ...parameters: (string | number)[]): number | undefined {
    const value = this.#one(sql, ...parameters)?.["n"]
    return typeof value === "number" ? value : undefined
  }
}

function readBody(row: Record<string, unknown>): Block {
  return deserialize(row["body"] as Uint8Array) as Block
}
