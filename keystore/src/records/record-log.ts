/**
 * Every release and every denial, as lines of a file that is only ever appended to. A record is on
 * the disk before its answer goes out: records that come in while the disk is busy are written
 * together. Each owner's records are a chain of their own, checked in whole when the file is opened:
 * each must be signed by a key of ours, for a history that is well made can be made by anybody.
 */
import { type FileHandle, open } from "node:fs/promises"
import { SignedRecord } from "@outlayer/protocol"
import { NO_RECORD, recordBytes, type ReleaseRecord } from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives, sha512Hex } from "@outlayer/protocol/sealing/node"
import type { Keyring } from "../keys/keyring.ts"

export interface RecordLog extends AsyncDisposable {
  /** Resolves when it is on the disk. */
  append(facts: Omit<ReleaseRecord, "number" | "previous">): Promise<SignedRecord>
  /** Of one owner, oldest first, those with a number above `after`. */
  read(owner: string, after: number, limit: number): Promise<SignedRecord[]>
  /** How many an owner has, and the hash of his last. */
  head(owner: string): { count: number; head: string }
}

interface Chain {
  head: string
  /** Where each of the owner's records begins in the file, and its length. */
  places: { offset: number; length: number }[]
}

interface Waiting {
  line: Buffer
  done: () => void
  failed: (error: unknown) => void
}

/** Throws where a record is not this keyring's, of whichever epoch, or not in its place. */
export async function openRecordLog(
  path: string,
  { signing, signingKeys }: Pick<Keyring, "signing" | "signingKeys">,
): Promise<RecordLog> {
  const verifiers = new Map(signingKeys.map((key) => [key, importVerifier(key)]))
  const file = await open(path, "a+", 0o600)
  const chains = new Map<string, Chain>()
  let end = await readAll(file, enter).catch(async (error: unknown) => {
    await file.close()
    throw error
  })
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let failure: unknown

  return {
    async append(facts) {
      if (failure) throw new Error("The records cannot be written", { cause: failure })
      const chain = chainOf(chains, facts.owner)
      const record = { ...facts, number: chain.places.length + 1, previous: chain.head }
      const bytes = recordBytes(nodePrimitives, record)
      const signed = {
        record: { ...record, branches: [...record.branches] },
        signing_key: signing.publicKey,
        signature: Buffer.from(signing.sign(bytes)).toString("base64"),
      }
      const parsed = SignedRecord.parse(signed)
      const line = Buffer.from(`${JSON.stringify(parsed)}\n`)
      chain.head = sha512Hex(bytes)
      chain.places.push({ offset: end, length: line.length })
      end += line.length
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ line, done: resolve, failed: reject })
      writing ??= write().finally(() => (writing = undefined))
      await promise
      return parsed
    },

    async read(owner, after, limit) {
      const places = chains.get(owner)?.places.slice(after, after + limit) ?? []
      await writing
      return Promise.all(
        places.map(async ({ offset, length }) => {
          const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset)
          return SignedRecord.parse(JSON.parse(buffer.toString("utf8")))
        }),
      )
    },

    head(owner) {
      const { head, places } = chains.get(owner) ?? { head: NO_RECORD, places: [] }
      return { count: places.length, head }
    },

    async [Symbol.asyncDispose]() {
      await writing
      await file.close()
    },
  }

  function enter(line: Buffer, offset: number): void {
    const { record, signing_key, signature } = SignedRecord.parse(JSON.parse(line.toString("utf8")))
    const chain = chainOf(chains, record.owner)
    const isNext = record.number === chain.places.length + 1 && record.previous === chain.head
    const bytes = recordBytes(nodePrimitives, record)
    const isOurs = verifiers.get(signing_key)?.(bytes, Buffer.from(signature, "base64"))
    if (!isNext || !isOurs) {
      throw new Error(
        `Record ${record.number} of ${record.owner}, at byte ${offset}, is not genuine`,
      )
    }
    chain.head = sha512Hex(bytes)
    chain.places.push({ offset, length: line.length })
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await file.appendFile(Buffer.concat(batch.map(({ line }) => line)))
        await file.datasync()
        for (const { done } of batch) done()
      } catch (error) {
        // Chains have gone on in memory: nothing more is released until a restart reads the file.
        failure = error
        for (const { failed } of [...batch, ...waiting]) failed(error)
        waiting = []
      }
    }
  }
}

/** Returns the file's length. A last line without an end was never answered: it is cut off. */
async function readAll(
  file: FileHandle,
  enter: (line: Buffer, offset: number) => void,
): Promise<number> {
  const content = await file.readFile()
  const end = content.lastIndexOf(0x0a) + 1
  if (end < content.length) await file.truncate(end)
  let offset = 0
  while (offset < end) {
    const length = content.indexOf(0x0a, offset) + 1 - offset
    enter(content.subarray(offset, offset + length), offset)
    offset += length
  }
  return end
}

function chainOf(chains: Map<string, Chain>, owner: string): Chain {
  const known = chains.get(owner)
  if (known) return known
  const chain = { head: NO_RECORD, places: [] }
  chains.set(owner, chain)
  return chain
}
