/** A thief who runs the coordinator, and one of the endpoints that the owner asks. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { randomBytes } from "node:crypto"
import { openWitnesses, type Witnesses } from "@outlayer/near"
import { hexOf, publicKeyBytes, resealBytes, type SecretScope } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readInlineKey, readScopeKey } from "./keystore-keys.ts"
import { readResealed } from "./read-resealed.ts"

const SCOPE: SecretScope = {
  network: "localnet",
  contractId: "outlayer.near",
  repo: "github.com/owner/name",
  branch: null,
  owner: "alice.near",
}

const PLACE = { ...SCOPE, profile: "default" }
const [STORED, OLDER, ANEW] = [bytes("stored"), bytes("older"), bytes("sealed anew")]

const genuine = keystoreOf("keystore.near")
const thief = keystoreOf("thief.near")
const honest = endpointOf(genuine, true)
const expired = endpointOf(genuine, false)
const liar = endpointOf(thief, true)
/** Whose key the coordinator gives. */
let carried = genuine
/** Of what the envelope that it gives was made. */
let was = STORED
const coordinator = createServer(({ url }, response) => {
  const answer = url === "/secrets/reseal" ? carried.resealed(was) : carried.scopeKey()
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer))
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
    const silent = endpointOf(genuine, true, { keys: null })

    await expect(differing).rejects.toMatchObject({ code: "chain_unavailable" })
    await expect(ended).rejects.toMatchObject({ code: "keystore_unavailable" })
    const unpublished = readScopeKey(sources(2, silent, silent), SCOPE)
    await expect(unpublished).rejects.toMatchObject({ code: "keystore_unavailable" })
  })

  test("and to nobody's where the keystore's account has published other keys", async () => {
    carried = genuine
    const { encryption_key, signing_key } = thief.keys
    for (const other of [{ encryption_key }, { signing_key }]) {
      const published = endpointOf(genuine, true, { keys: { ...genuine.keys, ...other } })
      const key = readScopeKey(sources(2, published, published), SCOPE)

      await expect(key).rejects.toMatchObject({ code: "keystore_unavailable" })
    }
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

describe("a secret sealed anew", () => {
  test("is the registered keystore's, of what is stored, with the condition that it has", async () => {
    carried = genuine
    const resealed = await readResealed(sources(2, liar, honest, honest), PLACE)

    expect(resealed).toEqual({ envelope: ANEW, epoch: 2, wasEpoch: 1, access: "AllowAll" })
  })

  test("is refused if another sealed it, or if it was made of what was stored before", async () => {
    carried = thief
    const forged = readResealed(sources(2, honest, honest, liar), PLACE)
    await expect(forged).rejects.toMatchObject({ code: "keystore_unavailable" })

    carried = genuine
    was = OLDER
    const replayed = readResealed(sources(2, honest, honest), PLACE)
    await expect(replayed).rejects.toMatchObject({ code: "keystore_unavailable" })
    was = STORED
  })

  test("is of this very branch", async () => {
    const ofBranch = readResealed(sources(2, honest, honest), { ...PLACE, branch: "main" })

    await expect(ofBranch).rejects.toMatchObject({ code: "secrets_not_found" })
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
      const statement = { ...scope, public_key: encryption_key }
      const signature = base64(signing.sign(publicKeyBytes(nodePrimitives, statement)))
      return { ...scope, pubkey: encryption_key, pubkey_base58: "", signing_key, signature }
    },
    /** What `POST /secrets/reseal` gives. */
    resealed(of: Uint8Array) {
      const { network, contractId: contract_id, ...rest } = PLACE
      const statement = { network, contract_id, ...rest, epoch: 2, was: of, now: ANEW }
      const signature = signing.sign(resealBytes(nodePrimitives, statement))
      const [encrypted_secrets_base64, signed] = [base64(ANEW), base64(signature)]
      return { encrypted_secrets_base64, epoch: 2, was_epoch: 1, signature: signed }
    },
  }
}

function endpointOf(
  { keys }: typeof genuine,
  is_live: boolean,
  publishing: { keys: object | null } = { keys },
): Witnesses {
  const registered = { ...keys, measurement: "m", expires_at_ns: "1", is_live, root: "test" }
  const views: Record<string, unknown> = {
    get_keystore: registered,
    get_keystore_keys: publishing.keys && { ...publishing.keys, epoch: 1 },
    get_secrets: { encrypted_secrets: base64(STORED), access: "AllowAll", branch: null },
  }
  return { view: async (_, method) => views[method], fullAccessKeys: async () => [] }
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text))
}

function base64(given: Uint8Array): string {
  return Buffer.from(given).toString("base64")
}
