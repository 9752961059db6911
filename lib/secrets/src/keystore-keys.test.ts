/** A thief who runs the coordinator, and one of the endpoints that the owner asks. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { randomBytes } from "node:crypto"
import { openWitnesses, type Witnesses } from "@outlayer/near"
import { hexOf, publicKeyBytes, type SecretScope } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readInlineKey, readScopeKey } from "./keystore-keys.ts"

const SCOPE: SecretScope = {
  network: "localnet",
  contractId: "outlayer.near",
  repo: "github.com/owner/name",
  branch: null,
  owner: "alice.near",
}

const genuine = keystoreOf("keystore.near")
const thief = keystoreOf("thief.near")
const honest = endpointOf(genuine, true)
const expired = endpointOf(genuine, false)
const liar = endpointOf(thief, true)
/** Whose key the coordinator gives. */
let carried = genuine
const coordinator = createServer((_, response) => {
  response.setHeader("content-type", "application/json").end(JSON.stringify(carried.scopeKey()))
})

beforeAll(() => new Promise<void>((resolve) => coordinator.listen(0, "127.0.0.1", resolve)))
afterAll(() => new Promise((resolve) => coordinator.close(resolve)))

describe("a stored secret is sealed to the registered keystore's key", () => {
  test("while one endpoint of three lies", async () => {
    carried = genuine
    const key = await readScopeKey(sources(2, liar, honest, honest), SCOPE)

    expect(key).toEqual({ publicKey: genuine.encryptionKey, epoch: 1, isSimulated: true })
  })

  test("and never to a thief's, though coordinator and endpoint are both his", async () => {
    carried = thief
    const stolen = readScopeKey(sources(2, liar, honest, honest), SCOPE)

    await expect(stolen).rejects.toMatchObject({ code: "keystore_unavailable" })
    // What is prevented: so it goes for who believes that endpoint alone.
    const believed = await readScopeKey(sources(1, liar), SCOPE)
    expect(believed.publicKey).toEqual(thief.encryptionKey)
  })

  test("and to nobody's where endpoints differ, or where no registration is live", async () => {
    carried = genuine
    const differing = readScopeKey(sources(2, liar, honest), SCOPE)
    const ended = readScopeKey(sources(2, expired, expired, honest), SCOPE)

    await expect(differing).rejects.toMatchObject({ code: "chain_unavailable" })
    await expect(ended).rejects.toMatchObject({ code: "keystore_unavailable" })
  })
})

describe("an inline envelope is sealed to the published key of the registered keystore", () => {
  test("while one endpoint of three lies, wherever it stands", async () => {
    for (const endpoints of [
      [liar, honest, honest],
      [honest, honest, liar],
    ]) {
      const { publicKey } = await readInlineKey(sources(2, ...endpoints))

      expect(publicKey).toEqual(genuine.encryptionKey)
    }
  })

  test("and to nobody's where endpoints differ, or where another's is published", async () => {
    const differing = readInlineKey(sources(2, liar, honest))
    const published = endpointOf(genuine, true, thief)
    const another = readInlineKey(sources(2, published, published))

    await expect(differing).rejects.toMatchObject({ code: "chain_unavailable" })
    await expect(another).rejects.toMatchObject({ code: "keystore_unavailable" })
  })
})

function sources(quorum: number, ...endpoints: Witnesses[]) {
  return {
    witnesses: openWitnesses(endpoints, quorum),
    coordinatorUrl: `http://127.0.0.1:${(coordinator.address() as AddressInfo).port}`,
    outlayerId: "outlayer.near",
    registerId: "register.near",
  }
}

function keystoreOf(account_id: string) {
  const signing = importSigningSeed(randomBytes(32))
  const encryptionKey = nodePrimitives.drawAgreementKey().publicKey
  const encryption_key = hexOf(encryptionKey)
  const signing_key = signing.publicKey
  return {
    encryptionKey,
    keys: { account_id, encryption_key, signing_key },
    /** What `GET /secrets/pubkey` gives. */
    scopeKey() {
      const { network, contractId: contract_id, repo, branch, owner } = SCOPE
      const scope = { network, contract_id, repo, branch, owner, epoch: 1 }
      const bytes = publicKeyBytes(nodePrimitives, { ...scope, public_key: encryption_key })
      const signature = Buffer.from(signing.sign(bytes)).toString("base64")
      return { ...scope, pubkey: encryption_key, pubkey_base58: "", signing_key, signature }
    },
  }
}

function endpointOf({ keys }: typeof genuine, is_live: boolean, publishing = { keys }): Witnesses {
  const registered = { ...keys, measurement: "m", expires_at_ns: "1", is_live, root: "test" }
  return {
    view: async (_, method) =>
      method === "get_keystore" ? registered : { ...publishing.keys, epoch: 1 },
    fullAccessKeys: async () => [],
  }
}
