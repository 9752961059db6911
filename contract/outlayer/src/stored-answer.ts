/**
 * The answer to a request, from the call that resolves it until the callback. It does not travel in
 * the yield's payload: that has 1,024 bytes, and is lost when a callback fails because its caller
 * made it too dear. Once sealed, nobody may replace it.
 */
import type { Host } from "./host.ts"

export interface StoredAnswer {
  /** The response as JSON. */
  response: string
  /** The output as JSON; empty when the response has it. */
  value: string
}

/** A record is one of these, the response, a line feed (JSON on one line has none), the output. */
const WAITING = "w"
const SEALED = "s"
const key = (id: number) => `o${id}`

/** The first half of the two-call flow. */
export function storeOutput(host: Host, id: number, value: string): void {
  if (host.has(key(id))) throw new Error("Output already submitted for this request")
  host.write(key(id), `${WAITING}\n${value}`)
}

/** What `storeOutput` stored, or nothing. */
export function readOutputOf(host: Host, id: number): string {
  const record = host.read(key(id))
  return record?.startsWith(WAITING) ? parse(record).value : ""
}

/** Replaces an output whose worker died before it resolved. */
export function sealAnswer(host: Host, id: number, { response, value }: StoredAnswer): void {
  const before = host.replace(key(id), `${SEALED}${response}\n${value}`)
  if (before?.startsWith(SEALED)) throw new Error("Execution request already resolved")
}

/** Removes the record; undefined when no answer was sealed. */
export function takeAnswer(host: Host, id: number): StoredAnswer | undefined {
  const record = host.remove(key(id))
  return record?.startsWith(SEALED) ? parse(record) : undefined
}

function parse(record: string): StoredAnswer {
  const end = record.indexOf("\n")
  return { response: record.slice(1, end), value: record.slice(end + 1) }
}
