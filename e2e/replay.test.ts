/** A request's receipt and transcript, taken from the running system and proven elsewhere. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import {
  callRoute,
  CreateWorkerToken,
  GetExecution,
  GetTranscript,
  GetWasm,
  type RunReceipt,
} from "@outlayer/protocol"
import { send } from "@outlayer/stack"
import { actions, KeyPair } from "near-api-js"
import { expect } from "vitest"
import { z } from "zod"
import { story, type System } from "./system.ts"

const REPLAY = fileURLToPath(import.meta.resolve("@outlayer/worker/replay"))

const Told = z.object({
  verdict: z.string().optional(),
  claims: z
    .array(z.object({ claim: z.string(), verdict: z.string(), why: z.string() }))
    .default([]),
})
/** How long it took, and behind which walls: of that no replay can tell. */
const CIRCUMSTANCES = expect.objectContaining({ claim: "circumstances" }) as unknown

const test = story().extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-replay-"))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return folder
})

test("a request's receipt is proven offline by its caller, and an altered one is refuted", async ({
  system,
  folder,
}) => {
  const key = await addKey(system)
  const { completed } = await system.ask("text 1500", {}, { directly: true })
  const { receipt, transcript, wasm } = await fetchRecords(system, completed?.request_id ?? 0)
  expect(receipt).toMatchObject({ outcome: { kind: "ok" }, output: { bytes: 1500 } })
  expect(receipt.transcript).toMatchObject({ state: "kept", sealed_to: [aliceOf(system)] })
  const save = (name: string, data: string | Uint8Array) => writeFile(join(folder, name), data)
  await save("receipt.json", JSON.stringify(receipt))
  await save("transcript.json", JSON.stringify(transcript))
  await save("guest.wasm", wasm)
  await save("key", key)
  await save("other-key", KeyPair.fromRandom("ed25519").toString())

  const program = ["--wasm", "guest.wasm"]
  const all = ["receipt.json", "transcript.json", "--key", "key", ...program]
  expect(await replay(folder, all)).toMatchObject({ code: 0, unproven: [CIRCUMSTANCES] })
  expect(await replay(folder, ["receipt.json", ...program])).toMatchObject({
    code: 3,
    verdict: "UNPROVEN",
  })
  const locked = ["receipt.json", "transcript.json", "--key", "other-key", ...program]
  expect(await replay(folder, locked)).toMatchObject({ code: 2 })

  const dearer = { ...receipt, instructions: String(BigInt(receipt.instructions) + 1n) }
  await save("receipt.json", JSON.stringify(dearer))
  expect(await replay(folder, all)).toMatchObject({ code: 1, verdict: "FAIL" })
})

function aliceOf({ accounts }: System): string {
  return accounts.alice.accountId
}

/** A key of hers that we know: its secret, as NEAR's tools write it. */
async function addKey({ accounts: { alice } }: System): Promise<string> {
  const pair = KeyPair.fromRandom("ed25519")
  const add = actions.addFullAccessKey(pair.getPublicKey())
  await send(alice, { receiverId: alice.accountId, actions: [add] })
  return pair.toString()
}

async function fetchRecords({ coordinator }: System, request_id: number) {
  const { url: baseUrl, adminToken } = coordinator
  const params = { request_id }
  let receipt: RunReceipt | null = null
  // The worker tells the coordinator after the chain.
  await expect
    .poll(async () => {
      const execution = await callRoute(GetExecution, { params }, { baseUrl })
      return (receipt = execution.receipt)
    })
    .not.toBeNull()
  if (!receipt) throw new Error("no receipt")
  const { wasm_hash: checksum } = receipt as RunReceipt
  const body = { worker_name: "reader" }
  const { token } = await callRoute(CreateWorkerToken, { body }, { baseUrl, token: adminToken })
  return {
    receipt: receipt as RunReceipt,
    transcript: await callRoute(GetTranscript, { params }, { baseUrl }),
    wasm: await callRoute(GetWasm, { params: { checksum } }, { baseUrl, token }),
  }
}

async function replay(folder: string, words: string[]) {
  const ended = await promisify(execFile)(process.execPath, [REPLAY, "--json", ...words], {
    cwd: folder,
  }).catch((error: { code: unknown; stdout: string }) => error)
  const { verdict, claims } = Told.parse(JSON.parse(ended.stdout || "{}"))
  const unproven = claims.filter((claim) => claim.verdict === "UNPROVEN")
  return { code: "code" in ended ? ended.code : 0, verdict, unproven }
}
