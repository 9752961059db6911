/** What a hostile coordinator could try for a secret: one message of one request, altered. */
import { createHash, randomBytes } from "node:crypto"
import {
  answerContext,
  buildRecordBytes,
  canonicalRequest,
  encodeSecretValues,
  hexOf,
  questionBytes,
  sealBox,
} from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Exchange, Mischief } from "./coordinator.ts"

type Fields = Record<string, unknown>

/** What the coordinator has of a build: what it tells of it, and its bytes. */
export interface Program {
  checksum: string
  record: Fields
  wasm: Buffer
  commit: string
}

interface Prey {
  /** Another's, which gives away all that it gets. */
  thief: Program
  /** Of an earlier commit of the repository that is asked for. */
  old: Program
}

/** All of it leaves the next attempt, which is honest, to succeed. */
export function listMischief({ thief, old }: Prey): Mischief[] {
  const own = importSigningSeed(randomBytes(32))
  const asOurs = { ...thief.record, builder: own.publicKey }
  return [
    request("the input is another", { input_data: "hash OTHER_KEY" }),
    request("the limits are others", { resource_limits: limits(1_000_000) }),
    request("the sender is another", { sender_id: "mallory.test.near" }),
    request("another gets the rest of the money", { payer_account_id: "mallory.test.near" }),
    request("the secrets are another's", {
      secrets_ref: { profile: "default", account_id: "mallory.test.near" },
    }),
    request("the profile is another", (fields) => ({
      secrets_ref: { ...(fields["secrets_ref"] as Fields), profile: "other" },
    })),
    request("the program may send HTTP anywhere", { http_hosts: ["*"] }),
    request("the repository is another", (fields) => ({
      code_source: { ...(fields["code_source"] as Fields), repo: thief.record["repo"] },
    })),
    task("the request is another, under a hash that fits", ({ request: given, ...rest }) => {
      const contractId = String(rest["contract_id"])
      const forged = {
        ...(given as Fields),
        input_data: "hash OTHER_KEY",
        sender_id: "mallory.near",
      }
      const text = canonicalRequest(contractId, forged as never)
      const request_hash = createHash("sha256").update(text).digest("hex")
      return { ...rest, request: { ...forged, request_hash } }
    }),
    task("the contract is another", (given) => ({ ...given, contract_id: "other.test.near" })),
    task("the program is a thief's", (given) => ({ ...given, wasm: told(thief) })),
    task("the program is a thief's, as one of this repository", ({ wasm, ...rest }) => {
      const { record } = wasm as { record: Fields }
      const forged = { ...record, wasm_hash: thief.checksum }
      return { ...rest, wasm: { checksum: thief.checksum, record: forged } }
    }),
    task("the program is a thief's, signed by a builder of ours", ({ wasm, ...rest }) => {
      const { record } = wasm as { record: Fields }
      const forged = { ...asOurs, repo: record["repo"], commit: record["commit"] }
      const signed = own.sign(buildRecordBytes(nodePrimitives, forged as never))
      const signature = base64(signed)
      return { ...rest, wasm: { checksum: thief.checksum, record: { ...forged, signature } } }
    }),
    task("the branch is at an old commit", (given) => ({
      ...given,
      resolved_commit: old.commit,
      wasm: told(old),
    })),
    task("there is no program", (given) => ({ ...given, wasm: null })),
    {
      name: "the bytes are a thief's",
      at: "",
      tell: (bytes) => (isWasm(bytes) ? thief.wasm : undefined),
    },

    keystore("/challenge", "the keystore is one of ours", ({ keystore, ...rest }) => ({
      ...rest,
      keystore: { ...(keystore as Fields), signing_key: own.publicKey },
    })),
    keystore("/challenge", "the nonce is ours", (given) => ({ ...given, nonce: hex() })),
    earlier("/challenge", "the challenge comes again"),
    asking("/session", "the quote has a bit more", (given) => ({
      ...given,
      quote: `${String(given["quote"])}00`,
    })),
    asking("/session", "the session is for our key", (given) => ({
      ...given,
      worker_key: own.publicKey,
    })),
    asking("/session", "the session of before is asked for again", (_, past) =>
      askedBefore(past, "/session"),
    ),
    { name: "the session is asked for twice", at: "/keystore/session", repeat: 2 },
    keystore("/session", "the session is ours", (given) => ({ ...given, session_id: hex() })),
    keystore("/session", "the session lasts for ever", (given) => ({
      ...given,
      expires_at_ns: "9000000000000000000",
    })),
    earlier("/session", "the grant of before comes again"),
    asking("/decrypt", "the answer goes to our key", (given) => ({
      ...given,
      reply_key: hexOf(nodePrimitives.drawAgreementKey().publicKey),
    })),
    asking("/decrypt", "the program is a thief's", (given) => ({
      ...given,
      wasm_hash: thief.checksum,
    })),
    asking("/decrypt", "the commit is an old one", (given) => ({ ...given, commit: old.commit })),
    asking("/decrypt", "the branch is another", (given) => ({ ...given, branches: ["other"] })),
    asking("/decrypt", "an earlier request is meant", (given) => ({
      ...given,
      request_id: Number(given["request_id"]) - 1,
    })),
    asking("/decrypt", "the question is signed by us", (given) => {
      const question = { network: "localnet", ...given }
      return {
        ...given,
        signature: base64(own.sign(questionBytes(nodePrimitives, question as never))),
      }
    }),
    asking("/decrypt", "the question of before comes again", (_, past) =>
      askedBefore(past, "/decrypt"),
    ),
    { name: "the question comes twice", at: "/keystore/decrypt", repeat: 2 },
    earlier("/decrypt", "the answer of before comes again"),
    {
      name: "the values are ours",
      at: "/keystore/decrypt",
      tell(answered, asked) {
        const { signature: _, ...rest } = asked as Fields
        const question = questionBytes(nodePrimitives, { network: "localnet", ...rest } as never)
        const publicKey = new Uint8Array(Buffer.from(String(rest["reply_key"]), "hex"))
        const values = encodeSecretValues(nodePrimitives, { API_KEY: "ours" })
        const context = answerContext(nodePrimitives, question)
        return {
          ...(answered as Fields),
          sealed: base64(sealBox(nodePrimitives, { publicKey, context }, values)),
        }
      },
    },
    keystore("/decrypt", "the secrets are said to be denied", ({ record, ...rest }) => ({
      ...rest,
      sealed: null,
      record: { ...(record as Fields), denial: "condition_false" },
    })),
  ]
}

/** One place of one message, drawn: what nobody thought of. */
export function drawMischief(draw: (below: number) => number): Mischief {
  const at = pick(draw, ["/keystore/challenge", "/keystore/session", "/keystore/decrypt", POLL])
  const isAsked = at !== POLL && draw(2) === 0
  const mischief: Mischief = {
    name: `something of ${isAsked ? "a question to" : "an answer of"} ${at}`,
    at,
  }
  if (isAsked) return { ...mischief, ask: (asked) => alter(asked, draw) }
  if (at !== POLL) return { ...mischief, tell: (answered) => alter(answered, draw) }
  const parts = ["request", "wasm", "resolved_commit", "contract_id"]
  const part = pick(draw, parts)
  return {
    ...task(mischief.name, (given) => ({ ...given, [part]: alter(given[part], draw) })),
    name: `${mischief.name}, in ${part}`,
  }
}

const POLL = "/tasks/poll"

/** Of the tasks that name secrets, the next. */
function task(name: string, change: (given: Fields) => Fields): Mischief {
  return {
    name,
    at: POLL,
    tell(answered) {
      const found = answered as { request?: Fields; wasm?: unknown } | undefined
      if (!found?.request || !found.wasm) return undefined
      const { secrets_ref, encrypted_secrets } = found.request
      return secrets_ref || encrypted_secrets ? change(found as Fields) : undefined
    },
  }
}

function request(name: string, changes: Fields | ((given: Fields) => Fields)): Mischief {
  return task(name, ({ request: given, ...rest }) => {
    const fields = given as Fields
    const changed = typeof changes === "function" ? changes(fields) : changes
    return { ...rest, request: { ...fields, ...changed } }
  })
}

function keystore(path: string, name: string, change: (given: Fields) => Fields): Mischief {
  const tell = (answered: unknown) => (isAnswer(answered) ? change(answered) : undefined)
  return { name, at: `/keystore${path}`, tell }
}

function asking(
  path: string,
  name: string,
  change: (given: Fields, past: readonly Exchange[]) => unknown,
): Mischief {
  return { name, at: `/keystore${path}`, ask: (asked, past) => change(asked as Fields, past) }
}

function earlier(path: string, name: string): Mischief {
  return {
    name,
    at: `/keystore${path}`,
    tell: (_, __, past) => ofPath(past, path).at(-1)?.answered,
  }
}

function askedBefore(past: readonly Exchange[], path: string): unknown {
  return ofPath(past, path).at(-1)?.asked
}

function ofPath(past: readonly Exchange[], path: string): Exchange[] {
  return past.filter((one) => one.path === `/keystore${path}` && one.status === 200)
}

function isAnswer(answered: unknown): answered is Fields {
  return typeof answered === "object" && answered !== null && !("code" in answered)
}

function isWasm(bytes: unknown): boolean {
  return Buffer.isBuffer(bytes) && bytes.subarray(0, 4).toString("latin1") === "\0asm"
}

function told({ checksum, record }: Program): object {
  return { checksum, record }
}

function limits(max_instructions: number): object {
  return { max_instructions, max_memory_mb: 64, max_execution_seconds: 5, max_compile_seconds: 60 }
}

/** The same JSON but for one leaf. */
export function alter(value: unknown, draw: (below: number) => number): unknown {
  if (typeof value === "string" && value !== "") {
    const at = draw(value.length)
    return value.slice(0, at) + (value[at] === "a" ? "b" : "a") + value.slice(at + 1)
  }
  if (typeof value === "number") return value + 1
  if (typeof value === "boolean") return !value
  if (Array.isArray(value))
    return value.length > 0 && draw(2) === 0 ? value.slice(1) : [...value, "a"]
  const fields = Object.entries(value ?? {}) as [string, unknown][]
  if (fields.length === 0) return "a"
  const [name, part] = pick(draw, fields)
  return { ...(value as Fields), [name]: alter(part, draw) }
}

function pick<T>(draw: (below: number) => number, from: readonly T[]): T {
  return from[draw(from.length)] as T
}

function hex(): string {
  return randomBytes(32).toString("hex")
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64")
}
