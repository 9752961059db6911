/** What a coordinator that lies about a task gets of a worker. */
import { expect, test } from "vitest"
import {
  checksum,
  fakeWorld,
  pendingOf,
  programOf,
  SETTLEMENT,
  wasm,
} from "./execute-world.fixture.ts"
import { runExecuteTask } from "./execute-task.ts"
import { executeTask } from "./task.fixture.ts"

test.for([
  ["compile_failed", ["run", "sign", "record", "send", "complete"]],
  ["deadline_exceeded", ["run", "sign", "record", "send", "complete"]],
  ["no_such_code", ["run", "sign", "record", "send", "complete"]],
  ["infrastructure", ["sign", "record", "send", "complete"]],
] as const)(
  "a machine takes no verdict that costs the sender on trust: %s",
  async ([code, story]) => {
    const world = fakeWorld()
    const program: object = { ok: true, commit: "2".repeat(40), wasm, wasmHash: checksum }
    world.attested = { prepare: async () => program, attest: async () => undefined }

    await runExecuteTask(world.task({ verdict: { code, message: "" } }), world.deps, world.stop)

    expect(world.story).toEqual(story)
  },
)

test("a machine sees by the chain's height that the deadline has come", async () => {
  const world = fakeWorld()
  world.attested = { prepare: () => expect.unreachable() }
  world.height = 800 + 180
  const verdict = { code: "deadline_exceeded", message: "" }

  await runExecuteTask(world.task({ verdict, deadline_height: 1 }), world.deps, world.stop)

  expect(world.completed).toMatchObject({ summary: { error: verdict } })
})

test("what the chain does not have so is given back unrun: another request, another contract", async () => {
  const world = fakeWorld()
  world.pending = () => pendingOf(executeTask())
  const altered = world.task({ wasm: programOf(checksum) })
  altered.request.request_hash = "cd".repeat(32) as never
  const elsewhere = world.task({ contract_id: "other.near" as never })

  for (const task of [altered, elsewhere]) {
    await expect(runExecuteTask(task, world.deps, world.stop)).rejects.toThrow("altered")
  }

  expect(world.story).toEqual(["release", "release"])
})

test("a request is run as the chain has it, whatever was told beside its hash", async () => {
  const world = fakeWorld()
  const task = world.task({ wasm: programOf(checksum) })
  world.pending = () => pendingOf(executeTask())
  task.request = { ...task.request, http_hosts: ["*"], block_height: 1 }

  await runExecuteTask(task, world.deps, world.stop)

  expect(world.hosts).toBeNull()
  expect(world.watched).toEqual([800 + 200 - 12])
})

test.for([
  [900, "does not know request 7"],
  [799, "The endpoint is at 799"],
] as const)(
  "what the contract does not know at height %i is given back unrun",
  async ([height, why]) => {
    const world = fakeWorld()
    world.pending = () => null
    world.height = height

    const running = runExecuteTask(
      world.task({ wasm: programOf(checksum) }),
      world.deps,
      world.stop,
    )

    await expect(running).rejects.toThrow(why)
    expect(world.story).toEqual(["release"])
  },
)

test("what an earlier lease signed is told, though the contract does not know the request any more", async () => {
  const world = fakeWorld()
  world.pending = () => null

  await runExecuteTask(world.task({ settlement: SETTLEMENT }), world.deps, world.stop)

  expect(world.story).toEqual(["send", "complete"])
  expect(world.completed).toMatchObject({ tx_hash: "tx" })
})
