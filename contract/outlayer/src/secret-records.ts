/**
 * Stored secrets, and of each owner a list of them:
 *
 *     s{owner}\n{repo}\n{profile}\n{branch}   {place in the list}[created, updated, access]\n{envelope}
 *     x{owner}\n{place}                       {length of the list}{repo}\n{profile}\n{branch}
 *
 * Places and lengths have one width, and only entry 0 says the length, so a secret takes the same
 * bytes wherever it stands: removing it frees to the byte what storing it took.
 */
import { type AccessCondition, LIMITS } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"
import { RECORD_BYTES } from "./stake.ts"

export interface SecretId {
  owner: string
  /** The repository's key. */
  repo: string
  profile: string
  /** Null: every branch that has no secret of its own. */
  branch: string | null
}

export interface Secret {
  /** Base64, as it was sealed. */
  envelope: string
  access: AccessCondition
  /** Nanoseconds, decimal. */
  createdAt: string
  updatedAt: string
}

const WIDTH = 4

export function putSecret(host: Host, id: SecretId, secret: Secret): void {
  const before = host.read(recordKey(id))
  const place = before === undefined ? addToList(host, id) : before.slice(0, WIDTH)
  host.write(recordKey(id), place + encode(secret))
}

export function findSecret(host: Host, id: SecretId): Secret | undefined {
  const record = host.read(recordKey(id))
  return record === undefined ? undefined : decode(record)
}

export function hasSecret(host: Host, id: SecretId): boolean {
  return host.has(recordKey(id))
}

/** False where there is none. */
export function removeSecret(host: Host, id: SecretId): boolean {
  const record = host.remove(recordKey(id))
  if (record === undefined) return false
  removeFromList(host, id.owner, Number(record.slice(0, WIDTH)))
  return true
}

/** An owner's secrets from a place on; a removal puts the last one in the place of the removed. */
export function listSecrets(host: Host, owner: string, from: number, limit: number): SecretId[] {
  const end = Math.min(from + limit, lengthOf(host.read(entryKey(owner, 0))))
  const ids: SecretId[] = []
  for (let place = from; place < end; place += 1) {
    const entry = host.read(entryKey(owner, place))
    if (entry !== undefined) ids.push(parseName(owner, entry.slice(WIDTH)))
  }
  return ids
}

/** What a secret takes, in bytes. */
export function bytesOf(host: Host, id: SecretId, secret: Secret): number {
  const texts = [recordKey(id), encode(secret), entryKey(id.owner, 0), nameOf(id)]
  const bytes = texts.reduce((sum, text) => sum + host.utf8(text).length, 0)
  return bytes + 2 * (RECORD_BYTES + WIDTH)
}

function addToList(host: Host, id: SecretId): string {
  const first = host.read(entryKey(id.owner, 0))
  const length = lengthOf(first)
  if (length >= LIMITS.secretsPerAccount) {
    throw new Error(`${id.owner} has ${LIMITS.secretsPerAccount} secrets: delete one`)
  }
  host.write(entryKey(id.owner, length), padded(1) + nameOf(id))
  if (first !== undefined)
    host.write(entryKey(id.owner, 0), padded(length + 1) + first.slice(WIDTH))
  return padded(length)
}

function removeFromList(host: Host, owner: string, place: number): void {
  const end = lengthOf(host.read(entryKey(owner, 0))) - 1
  const last = host.remove(entryKey(owner, end))
  if (last === undefined || end === 0) return
  if (place !== end) move(host, owner, last.slice(WIDTH), place)
  const first = host.read(entryKey(owner, 0)) ?? ""
  host.write(entryKey(owner, 0), padded(end) + first.slice(WIDTH))
}

function move(host: Host, owner: string, name: string, place: number): void {
  const key = recordKey(parseName(owner, name))
  const record = host.read(key) ?? ""
  host.write(key, padded(place) + record.slice(WIDTH))
  host.write(entryKey(owner, place), padded(1) + name)
}

function lengthOf(first: string | undefined): number {
  return first === undefined ? 0 : Number(first.slice(0, WIDTH))
}

// None of the parts has a line feed.
function nameOf({ repo, profile, branch }: SecretId): string {
  return `${repo}\n${profile}\n${branch ?? ""}`
}

function parseName(owner: string, name: string): SecretId {
  const [repo = "", profile = "", branch = ""] = name.split("\n")
  return { owner, repo, profile, branch: branch === "" ? null : branch }
}

function recordKey(id: SecretId): string {
  return `s${id.owner}\n${nameOf(id)}`
}

function entryKey(owner: string, place: number): string {
  return `x${owner}\n${padded(place)}`
}

function padded(number: number): string {
  return String(number).padStart(WIDTH, "0")
}

type Encoded = [createdAt: string, updatedAt: string, access: AccessCondition]

function encode({ createdAt, updatedAt, access, envelope }: Secret): string {
  const head: Encoded = [createdAt, updatedAt, access]
  return `${JSON.stringify(head)}\n${envelope}`
}

function decode(record: string): Secret {
  // JSON on one line has no line feed.
  const end = record.indexOf("\n")
  // Written by `encode`.
  const [createdAt, updatedAt, access] = JSON.parse(record.slice(WIDTH, end)) as Encoded
  return { createdAt, updatedAt, access, envelope: record.slice(end + 1) }
}
