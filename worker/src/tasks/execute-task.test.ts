import { inspect } from "node:util"
import { expect, test } from "vitest"
import { AlteredRequest } from "../tee/trusted-programs.ts"
import { findTraces } from "../replay/seed-traces.fixture.ts"
import { createGivenAnswers } from "../settle/given-answers.ts"
import { checksum, fakeWorld, programOf, SETTLEMENT, wasm } from "./execute-world.fixture.ts"
import { runExecuteTask } from "./execute-task.ts"

test("a program is fetched, run and settled, and the coordinator hears how it went", async () => {
  const world = fakeWorld()

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  expect(world.story).toEqual(["get wasm", "run", "sign", "record", "send", "complete"])
  expect(world.completed).toMatchObject({
    tx_hash: "tx",
    summary: { success: true, resources_used: { instructions: 5 }, sandbox_level: "process" },
  })
})

test("a run's receipt is told, and its transcript kept before anything is signed", async () => {
  const world = fakeWorld()
  // Of RFC 8032's first test.
  world.keys = ["ed25519:FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"]

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  expect(world.story).toEqual(["get wasm", "run", "keep", "sign", "record", "send", "complete"])
  const transcript = { state: "kept", sealed_to: ["alice.near"] }
  const request = { contract_id: "outlayer.near", request_id: 7 }
  const receipt = { request, instructions: "5", engine: "e", transcript }
  expect(world.completed).toMatchObject({ summary: { receipt } })
  expect(world.transcript).toMatchObject({
    transcript: { shared: { keys: [{ account_id: "alice.near" }] }, private: null },
  })
})

test.for([
  ["no_keys", []],
  ["no_keys", ["ed25519:11111111111111111111111111111111"]],
  ["keys_unavailable", new Error("chain_unavailable")],
] as const)("a receipt says that there is no transcript: %s", async ([state, keys]) => {
  const world = fakeWorld()
  world.keys = keys instanceof Error ? keys : [...keys]

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  expect(world.story).not.toContain("keep")
  const transcript = { state, sealed_to: [], expires_at: null }
  expect(world.completed).toMatchObject({ summary: { success: true, receipt: { transcript } } })
})

test("an endpoint that does not answer holds up no settlement", async () => {
  const world = fakeWorld()
  world.keys = new Promise(() => {})

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  const transcript = { state: "keys_unavailable" }
  expect(world.completed).toMatchObject({ summary: { receipt: { transcript } } })
})

test("a verdict is settled unrun", async () => {
  const world = fakeWorld()
  const verdict = { code: "compile_failed", message: "It does not compile" }

  await runExecuteTask(world.task({ verdict, compile_time_ms: 70 }), world.deps, world.stop)

  expect(world.story).toEqual(["sign", "record", "send", "complete"])
  expect(world.completed).toMatchObject({
    summary: { error: verdict, resources_used: { instructions: 0, compile_time_ms: 70 } },
  })
})

test("what an earlier lease signed is sent before anything is run, and told as it was", async () => {
  const world = fakeWorld()

  await runExecuteTask(world.task({ settlement: SETTLEMENT }), world.deps, world.stop)

  expect(world.story).toEqual(["send", "complete"])
  expect(world.completed).toMatchObject({ summary: SETTLEMENT.summary })
})

test("a program that is not the one named is not run, and the task is given back", async () => {
  const world = fakeWorld()
  const task = world.task({ wasm: programOf("ab".repeat(32)) })

  await expect(runExecuteTask(task, world.deps, world.stop)).rejects.toThrow("something else")

  expect(world.story).toEqual(["get wasm", "release"])
})

test("a program reaches the hosts that its request names", async () => {
  const world = fakeWorld()
  const http_hosts = ["api.example.com"]
  const task = world.task({ wasm: programOf(checksum), request: { http_hosts } })

  await runExecuteTask(task, world.deps, world.stop)

  expect(world.hosts).toEqual(http_hosts)
})

test("a run that our sandbox loses is tried again, and is our failure in the end", async () => {
  const world = fakeWorld()
  world.outcome = { kind: "infrastructure", reason: "the process died" }
  const task = world.task({ wasm: programOf(checksum) })

  await expect(runExecuteTask(task, world.deps, world.stop)).rejects.toThrow("process died")
  expect(world.story).toEqual(["get wasm", "run", "release"])

  const last = { ...task, key: { ...task.key, attempt: 3 } }
  await runExecuteTask(last, world.deps, world.stop)
  expect(world.completed).toMatchObject({ summary: { error: { code: "infrastructure" } } })
})

test("a worker without a keystore leaves a request for secrets to others, then fails it as ours", async () => {
  const world = fakeWorld()
  const task = world.task({ wasm: programOf(checksum) })
  task.request.secrets_ref = { profile: "p", account_id: task.request.sender_id }

  await expect(runExecuteTask(task, world.deps, world.stop)).rejects.toThrow("no keystore")
  expect(world.story).toEqual(["release"])

  task.key.attempt = 3
  await runExecuteTask(task, world.deps, world.stop)
  expect(world.completed).toMatchObject({ summary: { error: { code: "infrastructure" } } })
})

test("in a machine the program is one that it can answer for, and the answer names the proof", async () => {
  const world = fakeWorld()
  const task = world.task({ wasm: programOf("ab".repeat(32)) })
  const program: object = { ok: true, commit: "2".repeat(40), wasm, wasmHash: checksum }
  world.attested = { prepare: () => Promise.resolve(program), attest: async () => "cd".repeat(32) }

  await runExecuteTask(task, world.deps, world.stop)

  expect(world.story).toEqual(["run", "sign", "record", "send", "complete"])
  expect(world.signed).toMatchObject({
    args: { response: { attestation_hash: "cd".repeat(32), resolved_commit: "2".repeat(40) } },
  })
  expect(world.completed).toMatchObject({ summary: { attestation_hash: "cd".repeat(32) } })
})

test("a machine runs nothing that it cannot answer for, and says what the request ends with", async () => {
  const world = fakeWorld()
  const failure = { ok: false, code: "compile_failed", message: "It does not compile" }
  world.attested = { prepare: async () => failure, attest: () => expect.unreachable() }

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  expect(world.story).toEqual(["sign", "record", "send", "complete"])
  expect(world.completed).toMatchObject({ summary: { error: { code: "compile_failed" } } })
})

test("a machine that fails to find out what it would run gives the task back", async () => {
  const world = fakeWorld()
  world.attested = { prepare: async () => Promise.reject(new Error("no repository")) }

  const running = runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  await expect(running).rejects.toThrow("no repository")
  expect(world.story).toEqual(["release"])
})

test("a machine whose agent fails settles without a proof", async () => {
  const world = fakeWorld()
  const program: object = { ok: true, commit: "2".repeat(40), wasm, wasmHash: checksum }
  world.attested = { prepare: () => Promise.resolve(program), attest: async () => undefined }

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  expect(world.signed).not.toHaveProperty("args.response.attestation_hash")
  expect(world.completed).toMatchObject({ summary: { success: true, attestation_hash: null } })
})

test("a request that was altered is not run in a machine, and given back", async () => {
  const world = fakeWorld()
  world.attested = { prepare: async () => Promise.reject(new AlteredRequest(7)) }

  const running = runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  await expect(running).rejects.toThrow("altered")
  expect(world.story).toEqual(["release"])
})

test("what a guest with secrets prints on stderr is kept from the operator's log", async () => {
  const world = fakeWorld()
  world.stderr = "debug: KEY=hunter2"
  const task = world.task({ wasm: programOf(checksum) })
  await runExecuteTask(task, world.deps, world.stop)
  expect(inspect(world.said)).toContain("hunter2")

  world.said.length = 0
  task.request.secrets_ref = { profile: "p", account_id: task.request.sender_id }
  const commit = "1".repeat(40)
  const prepared = { ok: true, commit, wasm, wasmHash: checksum, values: { KEY: "hunter2" } }
  const secrets = { prepare: async () => prepared }
  const deps = Object.assign(world.deps, { secrets, given: createGivenAnswers() })
  await runExecuteTask(task, deps, world.stop)

  expect(world.said).toContainEqual(expect.objectContaining({ message: "guest ended" }))
  expect(inspect(world.said)).not.toContain("hunter2")
})

test("no log is told a run's seed, nor is the chain, nor, in words that it can read, the coordinator", async () => {
  const world = fakeWorld()
  world.keys = ["ed25519:FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"]

  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)

  const { said, signed, completed, transcript } = world
  expect(world.story).toContain("keep")
  expect(findTraces(world.seed, { said, signed, completed, transcript })).toEqual([])
})

test("a task that is leased again is answered as it was, and not run again", async () => {
  const world = fakeWorld()
  await runExecuteTask(world.task({ wasm: programOf(checksum) }), world.deps, world.stop)
  const first = world.signed
  world.story.length = 0

  const verdict = { code: "compile_failed", message: "as the coordinator says now" }
  await runExecuteTask(world.task({ verdict }), world.deps, world.stop)

  expect(world.story).toEqual(["sign", "record", "send", "complete"])
  expect(world.signed).toEqual(first)
  expect(world.completed).toMatchObject({ summary: { success: true } })
})

test("who has lost the lease neither sends nor gives anything back", async () => {
  const world = fakeWorld()
  world.losesLease = true
  const task = world.task({ verdict: { code: "trap", message: "" } })

  const running = runExecuteTask(task, world.deps, world.stop)

  await expect(running).rejects.toMatchObject({ code: "lease_lost" })
  expect(world.story).toEqual(["sign", "record"])
})
