import { randomBytes } from "node:crypto"
import { type BuildRecord, FullCommit, Sha256Hex } from "@outlayer/protocol"
import { buildRecordBytes } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { describe, expect, test } from "vitest"
import { isTrustedBuild } from "./trusted-build.ts"

const own = importSigningSeed(randomBytes(32))
const registered = importSigningSeed(randomBytes(32))
const expired = importSigningSeed(randomBytes(32))
const stranger = importSigningSeed(randomBytes(32))
const known = new Map([
  [registered.publicKey, { is_live: true, reason: null }],
  [expired.publicKey, { is_live: false, reason: "expired" }],
])
const witnesses = {
  view: async (_: string, __: string, args: object) => {
    const public_key = "public_key" in args ? String(args.public_key) : ""
    const found = known.get(public_key)
    const rest = { account_id: "b.near", measurement: "m", expires_at_ns: "1", root: "test" }
    return found ? { ...rest, public_key, ...found } : null
  },
}
const trust = { witnesses, registerId: "register.near", ownKey: own.publicKey }
const commit = FullCommit.parse("c0ffee".padEnd(40, "0"))
const wanted = { repo: "github.com/o/r", commit, buildTarget: "wasm32-wasip1" }

function recordOf(builder: typeof own, changes: Partial<BuildRecord> = {}): BuildRecord {
  const facts = {
    repo: "github.com/o/r",
    commit,
    branches: ["main"],
    build_target: "wasm32-wasip1",
    toolchain: "test",
    wasm_hash: Sha256Hex.parse("ab".repeat(32)),
    builder: builder.publicKey as BuildRecord["builder"],
    ...changes,
  }
  const signature = builder.sign(buildRecordBytes(nodePrimitives, facts))
  return { ...facts, signature: Buffer.from(signature).toString("base64") }
}

describe("secrets go to a build", () => {
  test.for([
    ["of this worker", own],
    ["of a builder whose registration is live", registered],
  ] as const)("%s", async ([, builder]) => {
    expect(await isTrustedBuild(recordOf(builder), wanted, trust)).toBe(true)
  })

  test.for<[string, BuildRecord]>([
    ["whose builder nobody registered", recordOf(stranger)],
    ["whose builder's registration has ended", recordOf(expired)],
    ["of another commit", recordOf(own, { commit: FullCommit.parse("1".repeat(40)) })],
    ["of another repository", recordOf(own, { repo: "github.com/o/other" })],
    ["for another target", recordOf(own, { build_target: "wasm32-wasip2" })],
    [
      "with another wasm than was signed",
      { ...recordOf(own), wasm_hash: Sha256Hex.parse("cd".repeat(32)) },
    ],
    ["in another's name", { ...recordOf(stranger), builder: recordOf(own).builder }],
  ])("but not one %s", async ([, record]) => {
    expect(await isTrustedBuild(record, wanted, trust)).toBe(false)
  })
})
