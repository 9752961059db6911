import { createPrivateKey } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Collateral } from "../pure/index.ts"
import { extension, issueCertificate, KEY_USAGE, toPem } from "../simulator/certificate.ts"
import { createCollateral, type CollateralChanges } from "../simulator/collateral.ts"
import { element, sequence } from "../simulator/der.ts"
import { createPki, serialOf } from "../simulator/pki.ts"
import { type Pccs, startPccs } from "../simulator/pccs.ts"
import { createSigningKey } from "../simulator/signing-key.ts"
import { type CollateralTrouble, createCollateralStore } from "./collateral-store.ts"

const DAY = 86_400
const START = 1_792_000_000
const SEED = Buffer.from("a seed of the collateral store")
const PKI = createPki(SEED)
const { fmspc } = PKI.platform
const TLS = createTls()

let directory: string
let now: number
let served: Collateral
let servedEarly: Collateral | undefined
let requests: number
let pccs: Pccs
let troubles: CollateralTrouble[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "collateral-store-"))
  now = START
  requests = 0
  troubles = []
  serve(START - 3600)
  servedEarly = undefined
  const collateral = (early: boolean) => {
    requests += 1
    return early && servedEarly ? servedEarly : served
  }
  pccs = await startPccs({ collateral, fmspc, tls: TLS })
})

afterEach(async () => {
  await pccs[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

describe("the collateral store", () => {
  test("fetches over TLS, verifies, and asks once for many who ask at a time", async () => {
    const store = openStore()

    const answers = await Promise.all([store.get(fmspc), store.get(fmspc.toUpperCase())])

    expect(answers[0].facts).toMatchObject({ fmspc, evaluationNumber: { tcbInfo: 20 } })
    expect(answers[1]).toBe(answers[0])
    expect(requests).toBe(4)
  })

  test("believes no server without the certificate that it was told to trust", async () => {
    const store = openStore({ ca: undefined })

    await expect(store.get(fmspc)).rejects.toMatchObject({ code: "collateral_unavailable" })
    expect(requests).toBe(0)
  })

  test("speaks plain HTTP with nobody but its own machine", async () => {
    const store = openStore({ baseUrl: "http://pccs.example" })

    await expect(store.get(fmspc)).rejects.toMatchObject({
      cause: { message: "not https: http://pccs.example" },
    })
  })

  test("goes on with what is on disk when the source is down, and judges it anew", async () => {
    await openStore().get(fmspc)
    await pccs[Symbol.asyncDispose]()

    const { facts } = await openStore().get(fmspc)

    expect(facts.fmspc).toBe(fmspc)
    expect(troubles).toMatchObject([{ problem: "unreachable" }])
  })

  test("refuses a file that was altered, and fetches again", async () => {
    await openStore().get(fmspc)
    const file = join(directory, `${fmspc}.json`)
    const text = await readFile(file, "utf8")
    await writeFile(file, text.replace("UpToDate", "OutOfDate"))

    const { collateral } = await openStore().get(fmspc)

    expect(collateral).toEqual(served)
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(served)
    expect(await readdir(directory)).toEqual([`${fmspc}.json`])
  })

  test("asks anew once a day, since a recovery comes between renewals", async () => {
    const store = openStore()
    await store.get(fmspc)
    serve(START + DAY - 600, { tcbInfo: (info) => ({ ...info, tcbEvaluationDataNumber: 21 }) })
    now = START + DAY - 1
    expect((await store.get(fmspc)).facts.evaluationNumber.tcbInfo).toBe(20)

    now = START + DAY

    expect((await store.get(fmspc)).facts.evaluationNumber.tcbInfo).toBe(21)
  })

  test("asks for the early set of a recovery where it is told to", async () => {
    const tcbInfo = (info: object) => ({ ...info, tcbEvaluationDataNumber: 21 })
    servedEarly = createCollateral(PKI, START - 1800, { tcbInfo })

    const { facts } = await openStore({ early: true }).get(fmspc)

    expect(facts.evaluationNumber.tcbInfo).toBe(21)
  })

  test("only moves forward: an older set does not replace a newer one", async () => {
    const store = openStore()
    serve(START - 3600, { tcbInfo: (info) => ({ ...info, tcbEvaluationDataNumber: 21 }) })
    await store.get(fmspc)
    serve(START - 1800)
    now = START + DAY

    const { facts } = await store.get(fmspc)

    expect(facts.evaluationNumber.tcbInfo).toBe(21)
    expect(troubles).toMatchObject([{ problem: "older" }])
  })

  test("tries again soon, not at once, when a renewal fails", async () => {
    const store = openStore()
    await store.get(fmspc)
    served = { ...served, tcbInfoSignature: served.qeIdentitySignature }
    now = START + DAY
    await store.get(fmspc)
    const before = requests

    await store.get(fmspc)
    expect(requests).toBe(before)
    now += 300
    await store.get(fmspc)

    expect(requests).toBe(before + 4)
    expect(troubles).toMatchObject([{ problem: "refused" }, { problem: "refused" }])
  })

  test("does not ask a source that is down each time, in the last week either", async () => {
    const store = openStore()
    const { facts } = await store.get(fmspc)
    await pccs[Symbol.asyncDispose]()
    now = facts.validUntil - DAY

    await store.get(fmspc)
    await store.get(fmspc)
    now += 299
    await store.get(fmspc)
    expect(troubles).toMatchObject([{ problem: "unreachable" }])

    now += 1
    await store.get(fmspc)
    expect(troubles).toHaveLength(2)
  })

  test("renews a week before the end", async () => {
    const store = openStore()
    const { facts } = await store.get(fmspc)
    now = facts.validUntil - 7 * DAY + 1
    serve(now - 60)

    const renewed = await store.get(fmspc)

    expect(renewed.facts.validUntil).toBeGreaterThan(facts.validUntil)
  })

  test("gives nothing when what it has has ended and nothing else comes", async () => {
    const store = openStore()
    const { facts } = await store.get(fmspc)
    now = facts.validUntil + 1

    await expect(store.get(fmspc)).rejects.toMatchObject({
      code: "collateral_unavailable",
      reason: "crl_expired",
    })
  })

  test("refuses collateral of another family, and names that are no family's", async () => {
    const store = openStore()

    await expect(store.get("00806f050000")).rejects.toMatchObject({
      code: "collateral_unavailable",
    })
    await expect(store.get("../../secret")).rejects.toThrow(TypeError)
  })
})

function openStore(source: { baseUrl?: string; ca?: string | undefined; early?: boolean } = {}) {
  return createCollateralStore({
    source: { baseUrl: pccs.url, ca: TLS.cert, ...source },
    directory,
    rootCertificate: PKI.root.certificate,
    now: () => now,
    onTrouble: (trouble) => troubles.push(trouble),
  })
}

function serve(issuedAt: number, changes: CollateralChanges = {}): void {
  served = createCollateral(PKI, issuedAt, changes)
}

/** A certificate of a server on 127.0.0.1, issued by itself. */
function createTls(): { key: string; cert: string } {
  const { key, jwk } = createTlsKey()
  const commonName = "a server of a test"
  const address = element(0x87, Buffer.from([127, 0, 0, 1]))
  const spec = {
    commonName,
    serial: serialOf(SEED, "tls"),
    notBefore: Date.parse("2020-01-01") / 1000,
    notAfter: Date.parse("2049-01-01") / 1000,
    isCa: true,
    keyUsage: KEY_USAGE.sign | KEY_USAGE.issue,
    extensions: [extension("2.5.29.17", sequence(address))],
  }
  const der = issueCertificate(spec, key, { commonName, key })
  const privateKey = createPrivateKey({ format: "jwk", key: jwk })
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: toPem(der) }
}

function createTlsKey() {
  const key = createSigningKey(SEED, "tls")
  const [x, y] = [key.publicKey.subarray(0, 32), key.publicKey.subarray(32)]
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url")
  const jwk = { kty: "EC", crv: "P-256", x: encode(x), y: encode(y), d: encode(key.secret) }
  return { key, jwk }
}
