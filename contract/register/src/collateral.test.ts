import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { INTEL_ROOT_BASE64, INTEL_ROOT_SHA256 } from "@outlayer/attestation/pure"
import type { CollateralChanges, Pki } from "@outlayer/attestation/simulator"
import { expect, test } from "vitest"
import { create } from "./admin.ts"
import {
  getCollateralStatus,
  now,
  setMinimumEvaluationNumber,
  updateCollateral,
} from "./collateral.ts"
import { FakeHost } from "./fake-host.ts"
import { collateralArgs, machine, rootOf } from "./fake-machine.ts"
import { as, DAY_NS } from "./fake-register.ts"

const HOUR = 3600

test("collateral is taken from anybody, and its status says which root is trusted", () => {
  const { update, status, pki, host } = newRegister()

  const updated = update(collateralArgs(pki, now(host) - HOUR), "stranger.near")

  const root_sha256 = host.encodeHex(host.sha256(pki.root.certificate))
  expect(updated).toMatchObject({ fmspc: "f0f0f0000000", tcb_info_evaluation_number: 20 })
  expect(status()).toMatchObject({
    root: "test",
    root_sha256,
    network: "localnet",
    families: [{ fmspc: "f0f0f0000000", root_sha256, is_current: true }],
  })
  expect(host.events("collateral_updated")).toEqual([updated])
  host.timeNs += 31n * DAY_NS
  expect(status()).toMatchObject({ families: [{ is_current: false }] })
})

test("it only moves forward: neither an older set nor the same one again, nor a mixed one", () => {
  const { update, pki, host } = newRegister()
  const at = now(host)
  const args = (issuedAt: number, changes: CollateralChanges = {}) =>
    collateralArgs(pki, issuedAt, changes)
  update(args(at - 2 * HOUR))

  expect(() => update(args(at - 2 * HOUR))).toThrow("collateral_known")
  expect(() => update(args(at - 3 * HOUR))).toThrow("collateral_older")
  const lower = { tcbInfo: numbered(19), qeIdentity: numbered(19) }
  expect(() => update(args(at - HOUR, lower))).toThrow("collateral_older")
  const oldCrl = { pckCrl: { thisUpdate: at - 3 * HOUR } }
  expect(() => update(args(at - HOUR, oldCrl))).toThrow("collateral_older")
  update(args(at - HOUR, { tcbInfo: numbered(21) }))
  // Genuine sets may differ by one, but each number only ever grows.
  expect(() => update(args(at - HOUR / 2))).toThrow("collateral_older")
})

test("a CRL of Intel's other CA blocks nobody: it is not taken, however new", () => {
  const { update, pki, host } = newRegister()
  const changes = { commonName: "Intel SGX PCK Processor CA" }
  const { platformCa: processor } = machine({ platformCa: changes, otherKeys: ["platformCa"] })
  const at = now(host)
  const mixed = (issuedAt: number) => collateralArgs(pki, issuedAt, { pckCrlIssuer: processor })

  expect(() => update(mixed(at - 2 * HOUR), "stranger.near")).toThrow("crl_wrong_issuer")
  update(collateralArgs(pki, at - 2 * HOUR))
  expect(() => update(mixed(at - HOUR), "stranger.near")).toThrow("crl_wrong_issuer")
  update(collateralArgs(pki, at - HOUR))
})

test("the same pieces under a certificate that ends sooner do not keep the whole set out", () => {
  const { update, pki, host, status } = newRegister()
  const at = now(host)
  const ending = machine({ tcbSigner: { notAfter: at + HOUR } })
  update(collateralArgs(ending, at - HOUR), "stranger.near")
  expect(status()).toMatchObject({ families: [{ valid_until: at + HOUR }] })

  update(collateralArgs(pki, at - HOUR))

  expect(status()).toMatchObject({ families: [{ valid_until: at + 30 * 86_400 - HOUR }] })
  expect(() => update(collateralArgs(ending, at - HOUR))).toThrow("collateral_known")
})

test("below the floor nothing is taken, and the floor only rises", () => {
  const { update, pki, host, state } = newRegister()
  const floor = (minimum_evaluation_number: unknown) =>
    setMinimumEvaluationNumber(state, { minimum_evaluation_number })
  floor(20)
  const qeBelow = collateralArgs(pki, now(host) - HOUR, { qeIdentity: numbered(19) })

  expect(() => update(qeBelow)).toThrow("tcb_evaluation_number")
  expect(() => floor(19)).toThrow("only ever raised")
  floor("21")
  expect(() => update(collateralArgs(pki, now(host) - HOUR))).toThrow("tcb_evaluation_number")
})

test("a set of another root is refused by its chain, whatever its names say", () => {
  const { update, host, pki } = newRegister()
  const args = collateralArgs(pki, now(host) - HOUR)
  const intel = new FakeHost()
  intel.timeNs = host.timeNs

  const state = create(intel, {})
  expect(() => updateCollateral(state, intel, args)).toThrow("untrusted_root")
  expect(getCollateralStatus(state, intel)).toMatchObject({
    root: "intel",
    root_sha256: INTEL_ROOT_SHA256,
  })
  update(args)
})

test("who adds a family pays for its record, and gets the rest back", () => {
  const { update, host, pki } = newRegister()
  const args = collateralArgs(pki, now(host) - HOUR)

  host.attached = 0n
  const records = new Map(host.records)
  expect(() => update(args, "stranger.near")).toThrow("storage: attach")
  host.records = records
  host.receipts = []
  host.attached = 10n ** 24n
  const before = host.storageUsage()
  update(args, "stranger.near")

  const price = (host.storageUsage() - before) * 10n ** 19n
  expect(price).toBeGreaterThan(10n ** 22n)
  expect(host.receipts[0]).toMatchObject({
    to: "stranger.near",
    actions: [{ kind: "transfer", amount: 10n ** 24n - price }],
  })
})

test("a test root that a state still has is worth nothing on mainnet", () => {
  const { update, host, pki } = newRegister()
  host.chain = "mainnet"

  expect(() => update(collateralArgs(pki, now(host) - HOUR))).toThrow("test_root_refused")
})

test("arguments that are no collateral are refused by a code, or by name", () => {
  const { update, host, pki } = newRegister()
  const args = collateralArgs(pki, now(host) - HOUR)
  const wrong: [change: object, message: string][] = [
    [{ pck_crl: undefined }, "collateral_malformed: "],
    [{ tcb_info: {} }, "collateral_malformed: "],
    [{ tcb_info: "x".repeat(70_000) }, "collateral_malformed: "],
    [{ tcbInfo: "" }, "Unknown field in arguments: tcbInfo"],
    [{ tcb_info: args["qe_identity"] }, "tcb_info_signature: "],
    [{ root_ca_crl: "" }, "crl_missing: "],
  ]
  for (const [change, message] of wrong) {
    expect(() => update({ ...args, ...change })).toThrow(message)
  }
})

test("the built contract trusts Intel's root, and knows of no simulator's", () => {
  const path = fileURLToPath(new URL("../../res/register_contract.wasm", import.meta.url))
  const wasm = readFileSync(path)

  expect(wasm.includes(INTEL_ROOT_BASE64)).toBe(true)
  expect(wasm.toString("latin1").toLowerCase()).not.toContain("simulat")
})

type Change = NonNullable<CollateralChanges["tcbInfo"]>

function numbered(number: number): Change {
  return (fields) => ({ ...fields, tcbEvaluationDataNumber: number })
}

function newRegister() {
  const host = new FakeHost()
  host.timeNs = 1_792_000_000_000_000_000n
  const pki: Pki = machine()
  const state = create(host, { test_root_certificate: rootOf(pki) })
  host.attached = 10n ** 24n
  return {
    host,
    pki,
    state,
    update: (args: object, caller = "owner.near") =>
      as(host, caller, () => updateCollateral(state, host, args)),
    status: () => getCollateralStatus(state, host),
  }
}
