/** What was run in a (simulated) machine is proven by public data alone, and what was altered is not. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { callRoute, GetAttestation, GetExecution, ResultAttestation } from "@outlayer/protocol"
import { type Question, send } from "@outlayer/stack"
import { actions, nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { z } from "zod"
import { openDraw } from "./hostile/draw.ts"
import { listDelays, listTaskLies } from "./hostile/task-lies.ts"
import { expectCharge, story, type System } from "./system.ts"

const VERIFY = fileURLToPath(import.meta.resolve("@outlayer/attestation/verify"))

const Claim = z.object({ verdict: z.string(), reason: z.string().optional() })
const Told = z.object({
  verdict: z.string(),
  settled_by: z.string().nullable(),
  judged_at: z.number(),
  claims: z.object({
    machine: Claim,
    measurement: Claim,
    code: Claim,
    input: Claim,
    output: Claim,
    receipt: Claim,
    isSimulated: z.boolean(),
  }),
})
const Approved = z.object({
  role: z.string(),
  mrtd: z.string(),
  rtmr0: z.string(),
  rtmr1: z.string(),
  rtmr2: z.string(),
  compose_hash: z.string(),
})
const PAYMENT = nearToYocto("1")
const DEPOSIT = { depositYocto: PAYMENT }
const SIZE = 100
const DRAWN_LIES = 5
const PROVEN = { verdict: "PROVEN" }
const ALL_PROVEN = {
  code: 0,
  verdict: "PROVEN",
  claims: {
    machine: PROVEN,
    measurement: PROVEN,
    code: PROVEN,
    input: PROVEN,
    output: PROVEN,
    receipt: PROVEN,
    isSimulated: true,
  },
}

const test = story({
  tee: true,
  // What nobody holds is had again within seconds.
  coordinatorEnv: { TASK_LEASE_SECONDS: "4" },
}).extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-attested-"))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return folder
})

test("a run with secrets is proven like any other, and they are in none of its proof", async ({
  system,
  folder,
}) => {
  const { alice } = system.accounts
  const repo = system.repositories.addressOf("probe")
  const vault = await system.openVault(alice)
  const value = system.invent("attested")
  await vault.store({ repo, profile: "default" }, { API_KEY: value }, "AllowAll")
  const secrets_ref = { profile: "default", account_id: alice.accountId }

  const { requestId } = await askProbe(system, "hash API_KEY", { secrets_ref })

  expect(await verify(system, folder, [String(requestId)])).toMatchObject(ALL_PROVEN)
})

test("a run is proven once the coordinator has entered its end, which the chain knows before", async ({
  system,
  folder,
}) => {
  // So that what completes next is a run.
  await askProbe(system, "text 2")
  const kept = Promise.withResolvers<void>()
  system.hostile?.plan({
    name: "the end is kept back",
    at: "/tasks/complete",
    before: () => kept.promise,
  })
  const { completed } = await system.ask("text 3", {}, DEPOSIT)
  const id = completed?.request_id ?? -1

  const early = await verify(system, folder, [String(id)]).finally(kept.resolve)

  expect(early).toMatchObject({ code: 3, verdict: "UNPROVEN", settled_by: null })
  await untilFinished(system, id)
  expect(await verify(system, folder, [String(id)])).toMatchObject(ALL_PROVEN)
})

test("whatever the coordinator says of a task, what was asked is run, once, and proven", async ({
  system,
  folder,
}) => {
  const { hostile } = system
  if (!hostile) throw new Error("The coordinator is honest")
  await system.ask(`text ${SIZE - 1}`, {}, DEPOSIT)
  const inputOf = (index: number) => `text ${SIZE + index}`
  const lies = listTaskLies(hostile.past, openDraw(), DRAWN_LIES, inputOf)
  for (const mischief of [...lies, ...listDelays()]) hostile.plan(mischief)

  const answers = await Promise.all(lies.map((_, index) => system.ask(inputOf(index), {}, DEPOSIT)))

  expect(answers.map(({ value }) => String(value).length)).toEqual(lies.map((_, at) => SIZE + at))
  for (const answer of answers) expectCharge(answer, PAYMENT)
  expect(lies.filter(({ name }) => hostile.timesOf(name) === 0)).toEqual([])
  await system.expectSettledOnce()
  const last = answers.at(-1)?.completed?.request_id ?? -1
  await untilFinished(system, last)
  expect(await verify(system, folder, [String(last)])).toMatchObject(ALL_PROVEN)
})

test("what does not build is built once, though the coordinator's word for it is not enough", async ({
  system,
}) => {
  const repo = await system.publishGuest("broken")
  const from = system.logs.length

  const answer = await system.ask("", { repo, with_status: true }, DEPOSIT)

  expect(answer.value).toEqual({ status: "error", code: "compile_failed" })
  expectCharge(answer, PAYMENT, "compile_failed")
  const failed = system.logs.slice(from).filter(({ msg }) => msg === "build failed")
  expect(failed).toHaveLength(1)
})

test("a run is proven from public data alone, and what was altered is refuted", async ({
  system,
  folder,
}) => {
  const save = (name: string, data: string) => writeFile(join(folder, name), data)
  const first = await askProbe(system, "text 1500")
  const failed = await askProbe(system, "exit 3")

  const ofChain = await verify(system, folder, [String(first.requestId)])
  expect(ofChain).toMatchObject(ALL_PROVEN)
  expect(ofChain.settled_by).toBe(first.attestation.statement.worker_key)
  expect(await verify(system, folder, [String(failed.requestId)])).toMatchObject(ALL_PROVEN)
  expect(failed.attestation.statement).toMatchObject({
    error_code: "exit_nonzero",
    output_hash: null,
  })

  // A file, and what the asker knows by himself.
  await save("input", "text 1500")
  await save("other", "text 1501")
  await save("attestation.json", encode(first.attestation))
  const file = "attestation.json"
  expect(await verify(system, folder, [file, "--input", "input"])).toMatchObject(ALL_PROVEN)
  expect(await verify(system, folder, [file, "--input", "other"])).toMatchObject({
    code: 1,
    claims: { machine: PROVEN, input: { verdict: "FAIL", reason: "request_differs" } },
  })
  expect(
    await verify(system, folder, [file, "--output", "other", "--wasm", "other"]),
  ).toMatchObject({
    claims: {
      code: { verdict: "FAIL", reason: "wasm_differs" },
      output: { verdict: "FAIL", reason: "output_differs" },
    },
  })
  expect(await verify(system, folder, [file], { API_BASE_URL: "" })).toMatchObject({
    code: 3,
    claims: { machine: PROVEN, measurement: PROVEN, input: { reason: "request_unknown" } },
  })

  // What the chain does not name is refuted by that alone, and without the chain by its quote.
  const { statement, quote } = first.attestation
  const altered = [
    { ...first.attestation, statement: { ...statement, instructions: "1" } },
    { ...first.attestation, quote: failed.attestation.quote },
    { ...failed.attestation, quote },
  ]
  for (const one of altered) {
    await save("altered.json", encode(one))
    expect(await verify(system, folder, ["altered.json"])).toMatchObject({
      code: 1,
      claims: { machine: { verdict: "FAIL", reason: "attestation_differs" } },
    })
    expect(await verify(system, folder, ["altered.json"], { API_BASE_URL: "" })).toMatchObject({
      code: 1,
      claims: { machine: { verdict: "FAIL", reason: "report_data" } },
    })
  }

  // Withdrawn, a measurement proves nothing any more; a block ago it did.
  const { judged_at } = await verify(system, folder, [file])
  await withdrawWorkers(system)
  expect(await verify(system, folder, [file])).toMatchObject({
    code: 1,
    claims: { machine: PROVEN, measurement: { verdict: "FAIL", reason: "measurement" } },
  })
  const before = ["--block", String(judged_at)]
  expect(await verify(system, folder, [file, ...before])).toMatchObject(ALL_PROVEN)
})

async function askProbe(system: System, input: string, question: Partial<Question> = {}) {
  const { completed } = await system.ask(input, question, DEPOSIT)
  const requestId = completed?.request_id ?? -1
  const api = { baseUrl: system.hostile?.url ?? system.coordinator.url }
  const { attestation } = await untilFinished(system, requestId)
  if (!attestation) throw new Error(`request ${requestId} has no attestation`)
  const { task_id } = attestation
  return {
    requestId,
    attestation: await callRoute(GetAttestation, { params: { task_id } }, api),
  }
}

/** The chain knows the end of a request before its coordinator does. */
async function untilFinished({ coordinator, hostile }: System, request_id: number) {
  const api = { baseUrl: hostile?.url ?? coordinator.url }
  const read = () => callRoute(GetExecution, { params: { request_id } }, api)
  await expect.poll(read).toMatchObject({ finished_at: expect.any(String) as string })
  return await read()
}

async function verify(
  { chain, accounts, coordinator, hostile }: System,
  cwd: string,
  words: string[],
  env = {},
) {
  const run = promisify(execFile)(process.execPath, [VERIFY, ...words, "--json"], {
    cwd,
    env: {
      NEAR_RPC_URL: chain.url,
      OFFCHAINVM_CONTRACT_ID: accounts.outlayer.accountId,
      REGISTER_CONTRACT_ID: accounts.tee?.register.accountId,
      API_BASE_URL: hostile?.url ?? coordinator.url,
      ...env,
    },
  })
  const { stdout, code } = await run.then(
    (ended) => ({ ...ended, code: 0 }),
    (ended: { stdout: string; stderr: string; code: number }) => ended,
  )
  return { code, ...Told.parse(JSON.parse(stdout)) }
}

async function withdrawWorkers({ accounts, provider }: System): Promise<void> {
  if (!accounts.tee) throw new Error("there is no register")
  const { register } = accounts.tee
  const contractId = register.accountId
  const method = "get_approved_measurements"
  const approved = await provider.callFunction({ contractId, method, args: {} })
  const args = z
    .array(Approved)
    .parse(approved)
    .find(({ role }) => role === "worker")
  if (!args) throw new Error("no workers are approved")
  await send(register, {
    receiverId: contractId,
    actions: [actions.functionCall("remove_approved_measurements", args, 100n * 10n ** 12n, 0n)],
    waitUntil: "FINAL",
    throwOnFailure: true,
  })
}

function encode(attestation: ResultAttestation): string {
  return JSON.stringify(ResultAttestation.encode(attestation))
}
