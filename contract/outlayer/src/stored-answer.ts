/**
 * An answer that is too long to resume a yield with: its record lies from the worker's call until
 * the callback. Sealed, it belongs to a yield that has been resumed, and nobody may replace it.
 */
import type { Host } from "./host.ts"

export interface StoredAnswer {
  /** The response as JSON, without its output; empty when the yield's payload has it. */
  response: string
  /** The output as JSON. */
  value: string
}

/** A record is one of these, the response, a line feed (JSON on one line has none), the output. */
const WAITING = "w"
const SEALED = "s"
const key = (id: number) => `o${id}`

export function hasStoredAnswer(host: Host, id: number): boolean {
  return host.has(key(id))
}

export function storeOutput(host: Host, id: number, value: string): void {
  if (hasStoredAnswer(host, id)) throw new Error("Output already submitted for this request")
  host.write(key(id), `${WAITING}\n${value}`)
}

/** Replaces what a worker may have left that died before it resolved. */
export function storeSealed(host: Host, id: number, { response, value }: StoredAnswer): void {
  requireUnsealed(host.read(key(id)))
  host.write(key(id), `${SEALED}${response}\n${value}`)
}

export function sealOutput(host: Host, id: number): void {
  const record = requireUnsealed(host.read(key(id))) ?? ""
  host.write(key(id), SEALED + record.slice(1))
}

/** Removes the record, whether or not it counts any more. */
export function takeStoredAnswer(host: Host, id: number): StoredAnswer | undefined {
  const record = host.remove(key(id))
  if (record === undefined) return undefined
  const end = record.indexOf("\n")
  return { response: record.slice(1, end), value: record.slice(end + 1) }
}

function requireUnsealed(record: string | undefined): string | undefined {
  if (record?.startsWith(SEALED)) throw new Error("Execution request already resolved")
  return record
}
