import { randomBytes } from "node:crypto"
import { RepositoryError } from "@outlayer/git"
import { BuildRecord, type ExecuteTask, GetWasm, type Route } from "@outlayer/protocol"
import { buildRecordBytes, requestHash } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import { createLogger } from "@outlayer/service"
import { describe, expect, test } from "vitest"
import { createFailedBuilds } from "../compile/failed-builds.ts"
import { executeTask } from "../tasks/task.fixture.ts"
import { AlteredRequest, createTrustedPrograms } from "./trusted-programs.ts"

const own = importSigningSeed(randomBytes(32))
const stranger = importSigningSeed(randomBytes(32))
const COMMIT = "c0ffee".padEnd(40, "0")
const MOVED = "d".repeat(40)
const BUILT = Buffer.from("built by a builder")
const REBUILT = Buffer.from("built by ourselves")
const signal = new AbortController().signal

describe("a program that a worker answers for", () => {
  test.each([
    ["by its full commit", COMMIT.toUpperCase()],
    ["by a branch that its builder saw", "main"],
  ])("is taken of a trusted builder without a clone, asked for %s", async (_, commit) => {
    const world = open()

    const program = await world.programs.find(world.task({ commit }), signal)

    expect(program).toMatchObject({ commit: COMMIT, wasm: BUILT, wasmHash: sha256Hex(BUILT) })
    expect(world.story).toEqual(["get wasm"])
  })

  test("is looked for in a clone where its builder did not see the branch", async () => {
    const world = open()

    const program = await world.programs.find(world.task({ commit: "other" }), signal)

    expect(program).toMatchObject({ commit: COMMIT, wasm: BUILT })
    expect(world.story).toEqual(["clone other", "get wasm"])
  })

  test("is that of the commit which a branch named then, as long as the repository has it", async () => {
    const world = open({ head: MOVED })

    const program = await world.programs.find(world.task({ commit: "other" }), signal)

    expect(program).toMatchObject({ commit: COMMIT, wasm: BUILT })
  })

  test("is that of the branch's commit where the repository has no such commit as was told", async () => {
    const world = open({ head: MOVED, lost: COMMIT })

    const program = await world.programs.find(world.task({ commit: "other" }), signal)

    expect(program).toMatchObject({ commit: MOVED, wasm: REBUILT })
  })

  test.each([
    ["a builder whom nobody registered made it", { builder: stranger }],
    ["the coordinator serves other bytes", { served: Buffer.from("evil") }],
    ["its record is of another commit", { recorded: { commit: MOVED } }],
    ["its record is of another repository", { recorded: { repo: "github.com/o/evil" } }],
    ["its record is of another wasm", { recorded: { wasm_hash: "ab".repeat(32) } }],
  ])("is built anew where %s", async (_, options) => {
    const world = open(options)

    const program = await world.programs.find(world.task({ commit: "main" }), signal)

    expect(program).toMatchObject({ commit: COMMIT, wasm: REBUILT, wasmHash: sha256Hex(REBUILT) })
    expect(world.story.at(-1)).toBe("upload")
  })

  test("is none where it does not build", async () => {
    const world = open({ builder: stranger, failure: "compile_failed" })

    const program = await world.programs.find(world.task({ commit: "main" }), signal)

    expect(program).toMatchObject({ ok: false, code: "compile_failed" })
  })

  test("is none where this worker has seen it fail, without another build", async () => {
    const world = open({ builder: stranger, failure: "compile_failed" })
    const task = world.task({ commit: "main" })
    const failed = await world.programs.find(task, signal)
    const before = world.story.length

    expect(await world.programs.find(task, signal)).toEqual(failed)
    expect(world.story.slice(before)).toEqual(["clone main"])
  })

  test("is looked for where the coordinator names neither commit nor build", async () => {
    const world = open()
    const task = { ...world.task({ commit: "main" }), wasm: null, resolved_commit: null }

    expect(await world.programs.find(task, signal)).toMatchObject({ commit: COMMIT, wasm: REBUILT })
  })

  test.each<[string, (task: ExecuteTask) => void]>([
    ["input", ({ request }) => (request.input_data = "another")],
    ["sender", ({ request }) => (request.sender_id = request.sender_id.replace("a", "b") as never)],
    ["limits", ({ request }) => (request.resource_limits.max_instructions += 1)],
    ["commit", ({ request }) => (request.code_source.commit = MOVED)],
    ["contract", (task) => (task.contract_id = "other.near" as never)],
  ])("is none of a request whose %s was altered", async (_, alter) => {
    const world = open()
    const task = world.task({ commit: "main" })
    alter(task)

    await expect(world.programs.find(task, signal)).rejects.toThrow(AlteredRequest)
    await expect(world.programs.locate(task, signal)).rejects.toThrow(AlteredRequest)
    expect(world.story).toEqual([])
  })
})

interface Options {
  builder?: typeof own
  served?: Uint8Array
  recorded?: object
  head?: string
  /** A commit that the repository does not have. */
  lost?: string
  failure?: string
}

function open({
  builder = own,
  served = BUILT,
  recorded,
  head = COMMIT,
  lost,
  failure,
}: Options = {}) {
  const story: string[] = []
  const record = sign(builder, BUILT, recorded)
  const programs = createTrustedPrograms({
    coordinator: {
      async call(route: Route) {
        story.push(route === GetWasm ? "get wasm" : "upload")
        return route === GetWasm ? served : {}
      },
    } as never,
    witnesses: { view: async () => null },
    git: {
      async locateCommit(_: string, ref: string) {
        story.push(`clone ${ref}`)
        if (ref === lost) throw new RepositoryError("commit_not_in_repository", ref)
        const commit = ref === COMMIT ? COMMIT : head
        return { commit, repositoryKey: "github.com/o/r", branches: ["main"] }
      },
    } as never,
    builder: {
      async build() {
        story.push("build")
        if (failure) return { ok: false, code: failure, message: "" }
        return { ok: true, record: sign(own, REBUILT), wasm: REBUILT }
      },
    } as never,
    failedBuilds: createFailedBuilds(),
    registerId: "register.near",
    publicKey: own.publicKey,
    log: createLogger("test", "silent"),
  })
  return {
    story,
    programs,
    task({ commit }: { commit: string }): ExecuteTask {
      const code_source = { repo: "o/r", commit, build_target: "wasm32-wasip1" as const }
      const task = executeTask({
        resolved_commit: COMMIT as never,
        wasm: { checksum: sha256Hex(BUILT), record },
        request: { code_source },
      })
      const { request, contract_id } = task
      const { payment, timestamp } = request
      const hashed = { ...request, payment: String(payment), timestamp: String(timestamp) }
      const hash = requestHash(nodePrimitives, contract_id, hashed)
      request.request_hash = Buffer.from(hash).toString("hex") as never
      return task
    },
  }
}

function sign(builder: typeof own, wasm: Uint8Array, changes: object = {}): BuildRecord {
  const facts = {
    repo: "github.com/o/r",
    commit: COMMIT,
    branches: ["main"],
    build_target: "wasm32-wasip1",
    toolchain: "test",
    wasm_hash: sha256Hex(wasm),
    builder: builder.publicKey,
    ...changes,
  }
  const signature = builder.sign(buildRecordBytes(nodePrimitives, facts))
  return BuildRecord.parse({ ...facts, signature: Buffer.from(signature).toString("base64") })
}
