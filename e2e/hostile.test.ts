/** A coordinator that would have the secrets: it learns none of them, and nobody else gets them. */
import { randomBytes } from "node:crypto"
import {
  AskChallenge,
  callRoute,
  CreateWorkerToken,
  OpenSession,
  PublicKey,
  type RouteInput,
} from "@outlayer/protocol"
import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { openDraw } from "./hostile/draw.ts"
import { drawMischief, listMischief, type Program } from "./hostile/mischief.ts"
import { fnv, secretsStory } from "./hostile/secrets-story.ts"
import type { HostileCoordinator } from "./hostile/coordinator.ts"

const test = secretsStory()
const RANDOM_DRAWS = 10
const DEPOSIT = { depositYocto: nearToYocto("1") }

test("whatever it alters, a secret reaches its guest alone, and the next honest try succeeds", async ({
  system,
  secrets: { hostile, readRecords },
}) => {
  const { alice, caller } = system.accounts
  const vault = await system.openVault(alice)
  const secrets_ref = { profile: "default", account_id: alice.accountId }
  const [key, other] = [system.invent("key"), system.invent("other")]
  const thiefRepo = await system.publishGuest("thief")
  await system.ask("", { repo: thiefRepo })
  await system.ask("text 1")
  const repo = await system.publishGuest("probe", "probe", "and it went on")
  const access = { Whitelist: { accounts: [caller.accountId] } }
  await vault.store({ repo, profile: "default" }, { API_KEY: key, OTHER_KEY: other }, access)
  const head = await system.git("probe", "rev-parse", "HEAD")
  const ask = () => system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  expect((await ask()).value).toBe(fnv(key))

  const [thief, old] = [programOf(hostile, "thief"), programOf(hostile, "probe")]
  const draw = openDraw()
  const drawn = Array.from({ length: RANDOM_DRAWS }, () => drawMischief(draw))
  const listed = listMischief({ thief, old })
  const batches = [
    listed.filter(({ at }) => !at.startsWith("/keystore")),
    listed.filter(({ at }) => /challenge|session/.test(at)),
    listed.filter(({ at }) => at.endsWith("/decrypt")),
    drawn,
  ]
  for (const batch of batches) {
    // A session of before has no challenge to spoil.
    await system.keystore?.restart()
    for (const mischief of batch) hostile.plan(mischief)

    const answers = await Promise.all(batch.map(() => ask()))
    // What was drawn may wait for a session that nobody needs now.
    for (let tries = 0; hostile.planned.length > 0 && tries < batch.length; tries += 1) {
      await system.keystore?.restart()
      answers.push(await ask())
    }

    for (const { value, completed } of answers) {
      expect({ value, completed }).toMatchObject({
        value: fnv(key),
        completed: { success: true, resolved_commit: head },
      })
    }
    expect(hostile.planned).toEqual([])
  }

  const released = (await readRecords()).filter(({ denial }) => denial === null)
  expect(released.length).toBeGreaterThan(20)
  for (const record of released) {
    expect(record).toMatchObject({ sender_id: caller.accountId, commit: head, profile: "default" })
    expect(record.wasm_hash).not.toBe(thief.checksum)
  }
}, 1_200_000)

test("whoever has a worker's token, and no machine, opens no session", async ({
  system,
  secrets: { hostile },
}) => {
  const { url, adminToken } = system.coordinator
  const admin = { baseUrl: url, token: adminToken }
  const { token } = await callRoute(CreateWorkerToken, { body: { worker_name: "mallory" } }, admin)
  const at = { baseUrl: `${url}/keystore/`, token }
  const seen = hostile.past.findLast(({ path }) => path === "/keystore/session")?.asked
  const body = seen as RouteInput<typeof OpenSession>["body"]
  const own = importSigningSeed(randomBytes(32))
  const open = async (worker_key: string, changes: Partial<typeof body>) => {
    const key = PublicKey.parse(worker_key)
    const { challenge_id } = await callRoute(AskChallenge, { body: { worker_key: key } }, at)
    const asked = { ...body, worker_key: key, challenge_id, ...changes }
    return callRoute(OpenSession, { body: asked }, at).then(
      () => "granted",
      (error: { code: string }) => error.code,
    )
  }

  expect(await open(own.publicKey, {})).toBe("signature_invalid")
  expect(await open(body.worker_key, {})).toBe("signature_invalid")
  expect(await open(body.worker_key, { challenge_id: body.challenge_id })).toBe("challenge_invalid")
})

/** What the coordinator has of a repository, from what has passed. */
function programOf({ past }: HostileCoordinator, name: string): Program {
  for (const { path, answered } of past) {
    if (path !== "/tasks/poll") continue
    const task = answered as {
      request?: { code_source: { repo: string } }
      resolved_commit: string
      wasm: Pick<Program, "checksum" | "record"> | null
    }
    if (!task?.request?.code_source.repo.endsWith(`/${name}`) || !task.wasm) continue
    const wasm = past.find((one) => one.path === `/wasm/${task.wasm?.checksum}`)?.answered
    return { ...task.wasm, commit: task.resolved_commit, wasm: wasm as Buffer }
  }
  throw new Error(`Nothing of ${name} has passed`)
}
