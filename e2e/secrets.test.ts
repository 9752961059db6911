/** Secrets, from the owner's seal to the guest's environment, in simulated machines. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { AccessCondition } from "@outlayer/protocol/pure"
import { send } from "@outlayer/stack"
import { actions, KeyPair, nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { fnv, secretsStory } from "./hostile/secrets-story.ts"
import type { System } from "./system.ts"

const test = secretsStory()
const COMMAND = fileURLToPath(new URL("../scripts/secrets.ts", import.meta.url))
const DEPOSIT = { depositYocto: nearToYocto("1") }

/** What the probe knows of one variable: its hash, or how the request ended. */
async function askFor(system: System, name: string, question = {}, options = {}) {
  const { value, completed } = await system.ask(`hash ${name}`, question, {
    ...DEPOSIT,
    ...options,
  })
  return completed?.success ? value : completed?.error?.code
}

const ABSENT = "0".repeat(16)

test("a stored secret reaches the guest of its repository, after each change as it is then", async ({
  system,
}) => {
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = system.repositories.addressOf("probe")
  const place = { repo, profile: "default" }
  const secrets_ref = { profile: "default", account_id: alice.accountId }
  const read = (name: string) => askFor(system, name, { secrets_ref })
  const [first, too, second] = [
    system.invent("first"),
    system.invent("too"),
    system.invent("second"),
  ]

  expect(await read("API_KEY")).toBe("secrets_not_found")
  await vault.store(place, { API_KEY: first, OTHER: too }, "AllowAll")
  expect(await read("API_KEY")).toBe(fnv(first))
  expect(await read("OTHER")).toBe(fnv(too))
  expect(await read("NEAR_SENDER_ID")).toBe(fnv(system.accounts.caller.accountId))
  await vault.store(place, { API_KEY: second }, "AllowAll")
  expect(await read("API_KEY")).toBe(fnv(second))
  expect(await read("OTHER")).toBe(ABSENT)
  expect(await vault.list()).toMatchObject([{ profile: "default", branch: null }])
  await vault.delete(place)
  expect(await read("API_KEY")).toBe("secrets_not_found")
  await system.expectSettledOnce()
})

test("an envelope inside a request opens for the account and the repository that it is sealed for", async ({
  system,
}) => {
  const { alice, caller } = system.accounts
  const vault = await system.openVault(alice)
  const [repo, other] = [system.repositories.addressOf("probe"), await system.publishGuest("thief")]
  const value = system.invent("inline")
  const encrypted_secrets = await vault.sealInline(repo, caller.accountId, { API_KEY: value })
  const directly = { directly: true }

  expect(await askFor(system, "API_KEY", { encrypted_secrets })).toBe(fnv(value))
  const copied = await system.ask(
    "hash API_KEY",
    { encrypted_secrets },
    { ...DEPOSIT, ...directly },
  )
  expect(copied.completed).toMatchObject({ success: false })
  const moved = await system.ask("", { encrypted_secrets, repo: other }, DEPOSIT)
  expect(moved.completed).toMatchObject({ success: false })
  expect(String(moved.value)).not.toContain(value)
})

test("a branch's own secrets come first, and those of no branch are there for all others", async ({
  system,
}) => {
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = await system.publishGuest("probe", "branches")
  await system.git("branches", "branch", "dev")
  await system.git("branches", "branch", "other")
  const [every, dev] = [system.invent("every"), system.invent("dev")]
  const secrets_ref = { profile: "branches", account_id: alice.accountId }
  const of = (commit: string) => askFor(system, "API_KEY", { repo, commit, secrets_ref })
  await vault.store({ repo, profile: "branches" }, { API_KEY: every }, "AllowAll")
  await vault.store({ repo, branch: "dev", profile: "branches" }, { API_KEY: dev }, "AllowAll")

  // One commit on three branches: which one was asked for decides.
  expect(await of("dev")).toBe(fnv(dev))
  expect(await of("other")).toBe(fnv(every))
  expect(await of("main")).toBe(fnv(every))
  await vault.delete({ repo, branch: "dev", profile: "branches" })
  expect(await of("dev")).toBe(fnv(every))
})

test("nobody's secrets reach another repository, profile or owner", async ({ system }) => {
  const { alice, operator } = system.accounts
  const [vault, others] = [await system.openVault(alice), await system.openVault(operator)]
  const repo = system.repositories.addressOf("probe")
  const thief = await system.publishGuest("thief", "stranger")
  const [mine, theirs] = [system.invent("mine"), system.invent("theirs")]
  await vault.store({ repo, profile: "own" }, { API_KEY: mine }, "AllowAll")
  await others.store({ repo, profile: "own" }, { API_KEY: theirs }, "AllowAll")
  const of = (profile: string, account_id: string) => ({ secrets_ref: { profile, account_id } })

  expect(await askFor(system, "API_KEY", of("own", alice.accountId))).toBe(fnv(mine))
  expect(await askFor(system, "API_KEY", of("own", operator.accountId))).toBe(fnv(theirs))
  expect(await askFor(system, "API_KEY", of("Own", alice.accountId))).toBe("secrets_not_found")
  const stolen = await system.ask("", { repo: thief, ...of("own", alice.accountId) }, DEPOSIT)
  expect(stolen.completed?.error?.code).toBe("secrets_not_found")
})

test("a condition is asked of who calls the contract: a proxy, never its user", async ({
  system,
}) => {
  const { alice, caller } = system.accounts
  const vault = await system.openVault(alice)
  const place = { repo: system.repositories.addressOf("probe"), profile: "guarded" }
  const secrets_ref = { profile: "guarded", account_id: alice.accountId }
  const value = system.invent("guarded")
  await vault.store(place, { API_KEY: value }, "AllowAll")
  const only = (id: string): AccessCondition => ({ Whitelist: { accounts: [id] } })
  const whole = (pattern: string): AccessCondition => ({ AccountPattern: { pattern } })
  const rich: AccessCondition = {
    NearBalance: { operator: "Gte", value: String(nearToYocto("1")) },
  }
  const not = (condition: AccessCondition): AccessCondition => ({ Not: { condition } })
  const all = (...conditions: AccessCondition[]): AccessCondition => ({
    Logic: { operator: "And", conditions },
  })
  const cases: [AccessCondition, proxy: boolean, user: boolean][] = [
    [only(alice.accountId), false, true],
    [only(caller.accountId), true, false],
    [whole("caller\\..*"), true, false],
    [not(rich), false, false],
    [all(rich, not(whole("alice\\..*"))), true, false],
  ]

  for (const [condition, proxy, user] of cases) {
    await vault.updateAccess(place, condition)
    const answers = await Promise.all([
      askFor(system, "API_KEY", { secrets_ref }),
      askFor(system, "API_KEY", { secrets_ref }, { directly: true }),
    ])
    const named = (isAllowed: boolean) => (isAllowed ? true : "access_denied")
    // Who asks himself has no callback that returns the value.
    const [asProxy, asUser] = answers.map((answer) => (answer === "access_denied" ? answer : true))
    expect([condition, asProxy, asUser]).toEqual([condition, named(proxy), named(user)])
    if (proxy) expect(answers[0]).toBe(fnv(value))
  }
})

test("the command seals what its standard input says, lists it, changes it and deletes it", async ({
  system,
  secrets,
}) => {
  const { alice } = system.accounts
  const command = await openCommand(system, secrets.hostile.url)
  const where = ["--repo", system.repositories.addressOf("probe"), "--profile", "typed"]
  const secrets_ref = { profile: "typed", account_id: alice.accountId }
  const read = () => askFor(system, "API_KEY", { secrets_ref })
  const value = system.invent("typed")
  const nobody = JSON.stringify({ Whitelist: { accounts: ["nobody.near"] } })

  const unsaid = await command(["store", ...where], JSON.stringify({ API_KEY: value }))
  expect(unsaid.exitCode).toBe(1)
  expect(unsaid.printed).toContain("--access is missing")
  const stored = await command(
    ["store", ...where, "--access", '"AllowAll"'],
    JSON.stringify({ API_KEY: value }),
  )
  expect(stored).toMatchObject({ exitCode: 0 })
  expect(stored.printed).toContain("SIMULATED")
  expect(stored.printed).toContain("stored: API_KEY; storage deposit ")
  expect(await read()).toBe(fnv(value))

  const listed = await command(["list"])
  expect(listed.printed).toContain('"profile": "typed"')
  expect(await command(["access", ...where, "--access", nobody])).toMatchObject({ exitCode: 0 })
  expect(await read()).toBe("access_denied")

  expect(await command(["delete", ...where])).toMatchObject({ exitCode: 0 })
  expect(await read()).toBe("secrets_not_found")
  for (const { printed } of [unsaid, stored, listed]) expect(printed).not.toContain(value)
})

test("a keystore that has restarted gets a new session from its worker", async ({ system }) => {
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = system.repositories.addressOf("probe")
  const value = system.invent("lasting")
  await vault.store({ repo, profile: "lasting" }, { API_KEY: value }, "AllowAll")
  const secrets_ref = { profile: "lasting", account_id: alice.accountId }
  expect(await askFor(system, "API_KEY", { secrets_ref })).toBe(fnv(value))

  await system.keystore?.restart()

  expect(await askFor(system, "API_KEY", { secrets_ref })).toBe(fnv(value))
})

test("a keystore in another machine has other keys than the chain, and does not start", async ({
  system,
  secrets,
}) => {
  const { machines, keystore } = system
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = system.repositories.addressOf("probe")
  const value = system.invent("elsewhere")
  await vault.store({ repo, profile: "elsewhere" }, { API_KEY: value }, "AllowAll")
  const secrets_ref = { profile: "elsewhere", account_id: alice.accountId }
  const before = (await secrets.readRecords()).length

  await expect(keystore?.restart({ DSTACK_SOCKET: machines?.sockets.worker })).rejects.toThrow(
    "The server ended early",
  )
  const from = system.logs.length
  const asked = askFor(system, "API_KEY", { secrets_ref })
  const isAbandoned = () => system.logs.slice(from).some(({ msg }) => msg === "task abandoned")
  await expect.poll(isAbandoned).toBe(true)

  expect((await secrets.readRecords()).length).toBe(before)
  await keystore?.restart()
  expect(await asked).toBe(fnv(value))
})

test("another public key than the keystore's is not sealed for", async ({ system, secrets }) => {
  const vault = await system.openVault(system.accounts.alice)
  const place = { repo: system.repositories.addressOf("probe"), profile: "refused" }
  const pubkey = "09".repeat(32)
  secrets.hostile.plan({
    name: "the key is another",
    at: "/secrets/pubkey",
    tell: (answered) => ({ ...(answered as object), pubkey }),
  })

  const stored = vault.store(place, { API_KEY: system.invent("refused") }, "AllowAll")

  await expect(stored).rejects.toMatchObject({ code: "keystore_unavailable" })
  expect(secrets.hostile.planned).toEqual([])
})

/** `npm run -s secrets`, by a key of alice's that nobody else signs with. */
async function openCommand({ accounts, chain }: System, coordinatorUrl: string) {
  const { alice, outlayer, tee } = accounts
  const pair = KeyPair.fromRandom("ed25519")
  const key = actions.addFullAccessKey(pair.getPublicKey())
  await send(alice, { receiverId: alice.accountId, actions: [key] })
  const env = {
    API_BASE_URL: coordinatorUrl,
    NEAR_RPC_URL: chain.url,
    OFFCHAINVM_CONTRACT_ID: outlayer.accountId,
    REGISTER_CONTRACT_ID: tee?.register.accountId,
    NEAR_ACCOUNT_ID: alice.accountId,
    NEAR_PRIVATE_KEY: pair.toString(),
  }
  return async (args: string[], input = "") => {
    const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: "pipe" })
    // Who ends before he has read all says so by his exit code.
    child.stdin.on("error", () => {}).end(input)
    const ended = once(child, "exit")
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [exitCode] = await ended
    return { exitCode, printed: out + err }
  }
}
