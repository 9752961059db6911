/** The wasm cache: files on disk, and in Postgres what they were built from and last used for. */
import { type BuildRecord, OutlayerError, Sha256Hex } from "@outlayer/protocol"
import { parseBuildTarget, repositoryKey } from "@outlayer/protocol/pure"
import { isSignedByBuilder } from "@outlayer/protocol/sealing/build-signature"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import { sql } from "kysely"
import { z } from "zod"
import { affected, Count, type Db, firstRow, rows, Time } from "../db.ts"
import type { WasmFiles } from "./files.ts"

export type WasmStore = ReturnType<typeof createWasmStore>

export function createWasmStore(deps: { db: Db; files: WasmFiles; maxBytes: number; log: Logger }) {
  const { db, files, maxBytes, log } = deps
  return {
    /** Keeps the bytes and their record; returns whether the bytes are new. */
    async upload(record: BuildRecord, wasm: Uint8Array): Promise<boolean> {
      const checksum = sha256Hex(wasm)
      checkRecord(record, checksum)
      // Written even if it is known: the file may have been lost.
      await files.write(checksum, wasm)
      const created = await db.transaction().execute(async (tx) => {
        const isNew = await keepFile(tx, checksum, wasm.length)
        await keepRecord(tx, record)
        return isNew
      })
      await evict(checksum)
      return created
    },

    /** Undefined when it is not there. What is found corrupt is forgotten, with its records. */
    async read(checksum: Sha256Hex): Promise<Uint8Array | undefined> {
      const bytes = await files.read(checksum)
      const known = await affected(
        db,
        bytes
          ? sql`update wasm_files set last_used_at = now() where checksum = ${checksum}`
          : sql`delete from wasm_files where checksum = ${checksum}`,
      )
      if (!bytes && known > 0) log.warn({ checksum }, "wasm file missing or corrupt")
      return bytes
    },

    async find(checksum: Sha256Hex): Promise<{ created_at: string } | undefined> {
      const row = await firstRow(
        db,
        z.object({ created_at: Time }),
        sql`select created_at from wasm_files where checksum = ${checksum}`,
      )
      return row && (await files.has(checksum)) ? row : undefined
    },

    /** Removes old files that Postgres does not know: no eviction would ever find them. */
    async removeOrphans(): Promise<void> {
      for (const checksum of await files.listOld()) {
        const known = await firstRow(
          db,
          z.object({ checksum: z.string() }),
          sql`select checksum from wasm_files where checksum = ${checksum}`,
        )
        if (known) continue
        await files.remove(checksum)
        log.info({ checksum }, "orphaned wasm removed")
      }
    },

    async sizeBytes(): Promise<number> {
      return totalBytes(db)
    },
  }

  /** Least recently used first, never what is wanted: `kept`, or what a task is to run. */
  async function evict(kept: Sha256Hex): Promise<void> {
    let excess = (await totalBytes(db)) - maxBytes
    while (excess > 0) {
      const removed = await firstRow(
        db,
        Evicted,
        sql`
          delete from wasm_files where checksum = (
            select checksum from wasm_files
            where checksum <> ${kept} and not exists (
              select from tasks
              where tasks.wasm_hash = checksum and state in ('queued', 'leased')
            )
            order by last_used_at limit 1 for update skip locked
          ) returning checksum, size_bytes
        `,
      )
      if (!removed) return
      await files.remove(removed.checksum)
      excess -= removed.size_bytes
      log.info({ checksum: removed.checksum, bytes: removed.size_bytes }, "wasm evicted")
    }
  }
}

const Evicted = z.object({ checksum: Sha256Hex, size_bytes: Count })

function checkRecord(record: BuildRecord, checksum: Sha256Hex): void {
  const complaint =
    record.wasm_hash !== checksum
      ? `The record names ${record.wasm_hash}, the bytes are ${checksum}`
      : repositoryKey(record.repo) !== record.repo
        ? `${record.repo} is not the key of a repository`
        : parseBuildTarget(record.build_target) !== record.build_target
          ? `${record.build_target} is not a target`
          : isSignedByBuilder(record)
            ? undefined
            : `The record is not signed by ${record.builder}`
  if (complaint) throw new OutlayerError("bad_request", complaint)
}

async function keepFile(tx: Db, checksum: string, sizeBytes: number): Promise<boolean> {
  const row = await firstRow(
    tx,
    z.object({ is_new: z.boolean() }),
    sql`
      insert into wasm_files (checksum, size_bytes) values (${checksum}, ${sizeBytes})
      on conflict (checksum) do update set last_used_at = now()
      returning xmax = 0 as is_new
    `,
  )
  return row?.is_new ?? false
}

async function keepRecord(tx: Db, record: BuildRecord): Promise<void> {
  await sql`
    insert into builds (repo_key, commit_hash, build_target, toolchain, wasm_hash, record)
    values (${record.repo}, ${record.commit}, ${record.build_target}, ${record.toolchain},
      ${record.wasm_hash}, ${JSON.stringify(record)})
    on conflict (repo_key, commit_hash, build_target, toolchain, wasm_hash)
    do update set record = excluded.record, created_at = now()
  `.execute(tx)
}

async function totalBytes(db: Db): Promise<number> {
  const [row] = await rows(
    db,
    z.object({ bytes: Count }),
    sql`select coalesce(sum(size_bytes), 0) as bytes from wasm_files`,
  )
  return row?.bytes ?? 0
}
