import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { AccountId, AskChallenge, AskSecrets, callRoute, Sha256Hex } from "@outlayer/protocol"
import { dbTest } from "@outlayer/testing"
import { expect } from "vitest"
import type { Pool } from "pg"
import { migrate } from "../migrate.ts"
import { openTestCoordinator } from "../testing/test-coordinator.ts"

const test = dbTest("coordinator", migrate)
const WORKER_KEY = "ed25519:DcA2MzgpJbrUATQLLceocVckhhAqrkingax4oJ9kZ847"
const TOKEN = "the-keystores-own-token"
const SCOPE = {
  network: "localnet",
  contract_id: "outlayer.test.near",
  repo: "github.com/owner/name",
  branch: null,
  owner: "alice.near",
  epoch: 1,
  pubkey: "1".repeat(64),
  pubkey_base58: "1",
  signing_key: WORKER_KEY,
  signature: `${"A".repeat(86)}==`,
}

test("a worker reaches the keystore, with our token in place of his", async ({ pool }) => {
  await using keystore = await serve(200, {
    challenge_id: "3f1c2c5e-6a1b-4b7e-9a53-1f2d3c4b5a69",
    nonce: "2".repeat(64),
    keystore: {
      network: "localnet",
      contract_id: "outlayer.test.near",
      register_id: "register.test.near",
      account_id: "keystore.test.near",
      signing_key: WORKER_KEY,
      encryption_key: "3".repeat(64),
      epoch: 1,
    },
    expires_in_seconds: 60,
  })
  await using coordinator = await open(pool, keystore.url)
  const base = { baseUrl: `${coordinator.baseUrl}/keystore` }

  const asked = { body: { worker_key: WORKER_KEY } }
  const { nonce } = await callRoute(AskChallenge, asked, { ...base, token: coordinator.token })

  expect(nonce).toBe("2".repeat(64))
  expect(keystore.asked).toEqual([
    { url: "/challenge", authorization: `Bearer ${TOKEN}`, body: JSON.stringify(asked.body) },
  ])
  await expect(callRoute(AskChallenge, asked, base)).rejects.toMatchObject({ code: "unauthorized" })
  expect(keystore.asked).toHaveLength(1)
})

test("what the keystore refuses is refused by its own code", async ({ pool }) => {
  await using keystore = await serve(409, refusal("sequence_refused"))
  await using coordinator = await open(pool, keystore.url)
  const base = { baseUrl: `${coordinator.baseUrl}/keystore`, token: coordinator.token }

  await expect(callRoute(AskSecrets, { body: QUESTION }, base)).rejects.toMatchObject({
    code: "sequence_refused",
  })
})

test("a keystore that is not there, or does not know us, is ours to mend", async ({ pool }) => {
  await using stranger = await serve(401, refusal("unauthorized"))
  for (const url of [undefined, "http://127.0.0.1:1", stranger.url]) {
    await using coordinator = await open(pool, url)
    const base = { baseUrl: `${coordinator.baseUrl}/keystore`, token: coordinator.token }
    await expect(callRoute(AskSecrets, { body: QUESTION }, base)).rejects.toMatchObject({
      code: "keystore_unavailable",
      retryable: true,
    })
  }
})

test("what fails behind us says neither where the keystore is nor why", async ({ pool }) => {
  await using proxy = await serve(502, ["<html>"])
  await using broken = await serve(500, refusal("internal"))
  for (const { url } of [proxy, broken]) {
    await using coordinator = await open(pool, url)
    const reply = await fetch(`${coordinator.baseUrl}/secrets/pubkey?repo=o/n&owner=alice.near`)

    const error = (await reply.json()) as { code: string; message: string }
    expect(error).toMatchObject({ code: "keystore_unavailable", retryable: true })
    expect(error.message).not.toContain(new URL(url).host)
  }
})

test("everybody may ask for a public key, under both names", async ({ pool }) => {
  await using keystore = await serve(200, SCOPE)
  await using coordinator = await open(pool, keystore.url)

  for (const path of ["/secrets/pubkey", "/github/secrets-pubkey"]) {
    const query = "repo=Owner/Name&owner=alice.near"
    const reply = await fetch(`${coordinator.baseUrl}${path}?${query}`)
    expect(await reply.json()).toEqual(SCOPE)
  }
  expect(keystore.asked.map(({ url }) => url)).toEqual(
    [1, 2].map(() => "/pubkey?repo=Owner%2FName&owner=alice.near"),
  )
})

test("a body that no worker sends is refused before it goes on", async ({ pool }) => {
  await using keystore = await serve(200, {})
  await using coordinator = await open(pool, keystore.url)
  const post = async (path: string, body: string) => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${coordinator.token}`,
    }
    const url = `${coordinator.baseUrl}/keystore${path}`
    return (await fetch(url, { method: "POST", headers, body })).status
  }

  expect(await post("/challenge", "{}")).toBe(400)
  expect(await post("/challenge", JSON.stringify({ worker_key: WORKER_KEY, more: 1 }))).toBe(400)
  expect(await post("/decrypt", `{"a":"${"x".repeat(40_000)}"}`)).toBe(413)
  expect(await post("/session", `{"a":"${"x".repeat(300_000)}"}`)).toBe(413)
  expect(await post("/session", "{")).toBe(400)
  expect(keystore.asked).toEqual([])
})

const QUESTION = {
  session_id: "4".repeat(64),
  sequence: 1,
  contract_id: AccountId.parse("outlayer.test.near"),
  request_id: 1,
  request_hash: Sha256Hex.parse("5".repeat(64)),
  commit: "6".repeat(40),
  wasm_hash: Sha256Hex.parse("7".repeat(64)),
  branches: [],
  reply_key: "8".repeat(64),
  signature: `${"A".repeat(86)}==`,
}

function open(pool: Pool, keystoreUrl: string | undefined) {
  const env = keystoreUrl ? { KEYSTORE_BASE_URL: keystoreUrl, KEYSTORE_AUTH_TOKEN: TOKEN } : {}
  return openTestCoordinator(String(pool.options.connectionString), env)
}

function refusal(code: string) {
  return { code, message: "no", retryable: false, requestId: "r" }
}

async function serve(status: number, reply: object) {
  const asked: { url: string | undefined; authorization: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { url, headers } = request
      const body = Buffer.concat(chunks).toString()
      asked.push({ url, authorization: headers.authorization, body })
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply))
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
