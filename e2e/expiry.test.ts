/** What ends with time: sessions, registrations, and a keystore whose host has another time. */
import { callRoute, KeystoreHealth } from "@outlayer/protocol"
import type { LogLine, Worker } from "@outlayer/stack"
import { nearToYocto } from "near-api-js"
import { afterAll, expect } from "vitest"
import { call, deployRegister, sandbox } from "./chain.ts"
import { createClock } from "./clock/clock.ts"
import type { HostileCoordinator } from "./hostile/coordinator.ts"
import { fnv, secretsStory } from "./hostile/secrets-story.ts"
import type { System } from "./system.ts"

const DEPOSIT = { depositYocto: nearToYocto("1") }
/** So slow a chain comes to a day before a yield ends. */
const BLOCK_MS = 20_000
const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS
const RUNNER = { EXECUTION_ENABLED: "true", COMPILATION_ENABLED: "false" }

const clock = createClock()
afterAll(() => clock.remove())

const test = secretsStory({
  blockMs: BLOCK_MS,
  instant: true,
  yieldTimeoutBlocks: 20_000,
  workerEnv: { EXECUTION_ENABLED: "false" },
  keystoreEnv: clock.env,
})

test("a keystore that has not registered with the register that counts is asked nothing", async ({
  system,
  secrets: { hostile },
}) => {
  const { outlayer, tee } = system.accounts
  const register = await deployRegister(system)
  const setRegister = (register_contract_id = register.accountId) =>
    call(outlayer, outlayer.accountId, "set_register_contract", { register_contract_id })
  const { secrets_ref, value } = await storeFor(system, "unregistered")
  await setRegister()
  await endRunner()
  const other = await system.addWorker({ ...RUNNER, REGISTER_CONTRACT_ID: register.accountId })
  const [from, passed] = [system.logs.length, hostile.past.length]

  const asked = system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  await untilSaid(system, from, other.name, "No keystore has a live registration")

  expect(askedOfKeystore(hostile, passed)).toEqual([])
  await other[Symbol.asyncDispose]()
  await setRegister(tee?.register.accountId)
  await startRunner(system)
  expect((await asked).value).toBe(fnv(value))
})

test("a question that comes when its session is over is refused, and asked again in a new one", async ({
  system,
  secrets: { hostile },
}) => {
  const { secrets_ref, value } = await storeFor(system, "session")
  await startRunner(system)
  const ask = () => system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  expect((await ask()).value).toBe(fnv(value))
  const passed = hostile.past.length
  hostile.plan({
    name: "the question is kept back until its session is over",
    at: "/keystore/decrypt",
    before: () => leap(system, 16 * MINUTE_MS),
  })

  expect((await ask()).value).toBe(fnv(value))

  const seen = hostile.past.slice(passed).filter(({ path }) => path.startsWith("/keystore/"))
  expect(seen.map(({ path, status }) => [path, status])).toEqual([
    ["/keystore/decrypt", 401],
    ["/keystore/challenge", 200],
    ["/keystore/session", 200],
    ["/keystore/decrypt", 200],
  ])
  expect(seen[0]?.answered).toMatchObject({ code: "session_invalid" })
})

test("after a day neither worker nor keystore counts, until it has registered again", async ({
  system,
  secrets: { hostile },
}) => {
  const { secrets_ref, value } = await storeFor(system, "day")
  const old = await startRunner(system)
  await leap(system, DAY_MS)
  const [from, passed] = [system.logs.length, hostile.past.length]

  const asked = system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  await untilSaid(system, from, old, "This worker's key is not live")
  await endRunner()
  const name = await startRunner(system)
  await untilSaid(system, from, name, "No keystore has a live registration")

  expect(askedOfKeystore(hostile, passed)).toEqual([])
  await system.keystore?.restart()
  const { completed, value: answered } = await asked
  expect(answered).toBe(fnv(value))
  const settled = system.logs.filter(({ msg }) => msg === "settlement signed")
  expect(settled.findLast((line) => line["requestId"] === completed?.request_id)?.worker).toBe(name)
})

test("a keystore whose host and chain are minutes apart releases nothing, and after one ends", async ({
  system,
  secrets: { readRecords },
}) => {
  const { secrets_ref, value } = await storeFor(system, "apart")
  await startRunner(system)
  const before = (await readRecords()).length
  const from = system.logs.length
  await forward(system, 2 * MINUTE_MS)

  const asked = system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  await untilSaid(system, from, undefined, "The clock and the chain are")
  clock.advance({ monotonicMs: MINUTE_MS })
  await untilSaid(system, from, undefined, "have been apart for a minute")

  expect((await readRecords()).length).toBe(before)
  clock.advance({ wallMs: 2 * MINUTE_MS })
  await system.keystore?.restart()
  expect((await asked).value).toBe(fnv(value))
})

let runner: Worker | undefined

/** Runs what is asked: started when it is needed. Its name. */
async function startRunner(system: System): Promise<string> {
  runner ??= await system.addWorker(RUNNER)
  return runner.name
}

async function endRunner(): Promise<void> {
  await runner?.[Symbol.asyncDispose]()
  runner = undefined
}

async function storeFor(system: System, profile: string) {
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = system.repositories.addressOf("probe")
  const value = system.invent(profile)
  await vault.store({ repo, profile }, { API_KEY: value }, "AllowAll")
  return { secrets_ref: { profile, account_id: alice.accountId }, value }
}

/** Of the chain, and of the keystore's host: until the keystore has seen both. */
async function leap(system: System, ms: number): Promise<void> {
  clock.advance({ wallMs: ms })
  await forward(system, ms)
  const { header } = await system.provider.viewBlock({ finality: "final" })
  const baseUrl = system.keystore?.url ?? ""
  const read = async () => (await callRoute(KeystoreHealth, {}, { baseUrl })).block_height
  await expect.poll(read).toBeGreaterThanOrEqual(header.height)
}

function forward(system: System, ms: number): Promise<void> {
  return sandbox(system, "fast_forward", { delta_height: ms / BLOCK_MS })
}

/** Some line has the text, of that worker or of anybody. */
async function untilSaid({ logs }: System, from: number, worker: string | undefined, text: string) {
  const isSaid = (line: LogLine) =>
    (worker === undefined || line.worker === worker) && JSON.stringify(line).includes(text)
  const limit = { timeout: 180_000 }
  await expect.poll(() => logs.slice(from).some(isSaid), limit).toBe(true)
}

function askedOfKeystore(hostile: HostileCoordinator, from: number): string[] {
  const paths = hostile.past.slice(from).map(({ path }) => path)
  return paths.filter((path) => path.startsWith("/keystore/"))
}
