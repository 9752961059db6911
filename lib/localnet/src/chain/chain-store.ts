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
  readonly #statements: Statements

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    // A block is safe from a killed process, not from a power cut.
    this.#db.exec("pragma journal_mode = wal; pragma synchronous = normal;")
    this.#db.exec(SCHEMA)
    this.#statements = prepare(this.#db)
  }

  /** The last block with its state; undefined when the store is empty. */
  load(): LiveBlock | undefined {
    const { lastBlock, allState } = this.#statements
    const row = lastBlock.get()
    if (row === undefined) return undefined
    let root: Trie
    for (const { key, value } of allState.iterate()) {
      root = trieSet(root, String(key), deserialize(value as Uint8Array))
    }
    return { ...readBody(row), root }
  }

  save(live: LiveBlock): void {
    if (this.heightOfBlock(live.hash) !== undefined) return
    const { put, remove, addPlace, addBlock } = this.#statements
    this.#db.exec("begin")
    for (const [key, value] of new Map(live.changes.map((c) => [c.key, c.value]))) {
      if (value === undefined) remove.run(key)
      else put.run(key, serialize(value))
    }
    for (const id of idsOf(live)) addPlace.run(id, live.height)
    addBlock.run(live.height, live.hash, serialize({ ...live, root: undefined }))
    this.#db.exec("commit")
  }

  block(id: string | number): Block | undefined {
    const { blockAt, blockNamed } = this.#statements
    const row = typeof id === "number" ? blockAt.get(id) : blockNamed.get(id)
    return row && readBody(row)
  }

  heightOfBlock(hash: string): number | undefined {
    return numberOf(this.#statements.blockHeight.get(hash))
  }

  place(id: string): number | undefined {
    return numberOf(this.#statements.place.get(id))
  }

  firstHeight(): number | undefined {
    return numberOf(this.#statements.firstHeight.get())
  }

  close(): void {
    this.#db.close()
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(db: DatabaseSync) {
  return {
    lastBlock: db.prepare("select body from blocks order by height desc limit 1"),
    allState: db.prepare("select key, value from state"),
    put: db.prepare("insert or replace into state (key, value) values (?, ?)"),
    remove: db.prepare("delete from state where key = ?"),
    addPlace: db.prepare("insert or replace into places (id, height) values (?, ?)"),
    addBlock: db.prepare("insert into blocks (height, hash, body) values (?, ?, ?)"),
    blockAt: db.prepare("select body from blocks where height = ?"),
    blockNamed: db.prepare("select body from blocks where hash = ?"),
    blockHeight: db.prepare("select height as n from blocks where hash = ?"),
    place: db.prepare("select height as n from places where id = ?"),
    firstHeight: db.prepare("select min(height) as n from blocks"),
  }
}

function numberOf(row: Record<string, unknown> | undefined): number | undefined {
  const value = row?.["n"]
  return typeof value === "number" ? value : undefined
}

function readBody(row: Record<string, unknown>): Block {
  return deserialize(row["body"] as Uint8Array) as Block
}
