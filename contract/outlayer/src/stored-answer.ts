/**
 * The answer to a request, from the call that resolves it until the callback. It does not travel in
 * the yield's payload: that has 1,024 bytes, and is lost when a callback fails. Once sealed, nobody
 * may replace it.
 */
import type { Output } from "./answer.ts"
import type { Host } from "./host.ts"
import { bytesOfRecord } from "./stake.ts"

export interface StoredAnswer {
  /** The response as JSON. */
  response: string
  /** Undefined when the response has it. */
  output: Output | undefined
}

/**
 * A record is one of these, the response, a line feed (JSON on one line has none), the output.
 * A text is kept as it is: as JSON it could be six times as long.
 */
const WAITING = "w"
const WAITING_TEXT = "v"
const SEALED = "s"
const SEALED_TEXT = "t"
const key = (id: number) => `o${id}`

/** The bytes of the record that a request need not have paid for: all, if it has an output. */
export interface Change {
  before: number
  after: number
}

/** The first half of the two-call flow. */
export function storeOutput(host: Host, id: number, output: Output): Change {
  if (host.has(key(id))) throw new Error("Output already submitted for this request")
  const record = `${output.isText ? WAITING_TEXT : WAITING}\n${output.text}`
  host.write(key(id), record)
  return { before: 0, after: bytesCounted(host, id, record) }
}

/** What `storeOutput` stored, or nothing. */
export function readOutputOf(host: Host, id: number): Output | undefined {
  const record = host.read(key(id))
  return record === undefined || isSealed(record) ? undefined : parse(record).output
}

/** Replaces an output whose worker died before it resolved. */
export function sealAnswer(host: Host, id: number, { response, output }: StoredAnswer): Change {
  const kind = output?.isText === true ? SEALED_TEXT : SEALED
  const record = `${kind}${response}\n${output?.text ?? ""}`
  const evicted = host.replace(key(id), record)
  if (evicted !== undefined && isSealed(evicted)) {
    throw new Error("Execution request already resolved")
  }
  const before = evicted === undefined ? 0 : bytesCounted(host, id, evicted)
  return { before, after: bytesCounted(host, id, record) }
}

/** Removes the record. Without an answer when none was sealed. */
export function takeAnswer(host: Host, id: number): { answer?: StoredAnswer; bytes: number } {
  const record = host.remove(key(id))
  if (record === undefined) return { bytes: 0 }
  const bytes = bytesCounted(host, id, record)
  return isSealed(record) ? { answer: parse(record), bytes } : { bytes }
}

/** A sealed answer without an output is small, and its request has paid for it. */
function bytesCounted(host: Host, id: number, record: string): number {
  const isSmall = record.startsWith(SEALED) && record.endsWith("\n")
  return isSmall ? 0 : bytesOfRecord(host, key(id), record)
}

function isSealed(record: string): boolean {
  return record.startsWith(SEALED) || record.startsWith(SEALED_TEXT)
}

function parse(record: string): StoredAnswer {
  const end = record.indexOf("\n")
  const text = record.slice(end + 1)
  const isText = record.startsWith(SEALED_TEXT) || record.startsWith(WAITING_TEXT)
  const output = text === "" && !isText ? undefined : { text, isText }
  return { response: record.slice(1, end), output }
}
