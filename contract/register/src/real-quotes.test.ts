/** Quotes of real machines through the built contract, under Intel's root: an extra where the vectors are. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { collateralArguments, nodePrimitives } from "@outlayer/attestation"
import {
  checkPlatform,
  type Collateral,
  INTEL_ROOT_BASE64,
  parseQuote,
  readCollateral,
  STRICT_PLATFORM,
  verifyQuote,
} from "@outlayer/attestation/pure"
import { expect, test } from "vitest"
import { FakeChain } from "./fake-chain.ts"
import { newKey } from "./fake-register.ts"

const FOLDER = fileURLToPath(new URL("../../../../shared/vectors/tdx/", import.meta.url))
const KEY = newKey().text
const OF_OTHERS = ["fmspc_mismatch", "untrusted_root"]

interface Vectors {
  quotes: { id: string; file: string }[]
  collateral: { id: string; file: string }[]
  cases: { id: string; quote: string; collateral: string | null; now: number | null }[]
}

test.skipIf(!existsSync(FOLDER))("each gets on chain what a service says of it", () => {
  const vectors = readJson("expected.json") as Vectors
  const fileOf = (all: { id: string; file: string }[], id: string) =>
    all.find((one) => one.id === id)?.file ?? ""
  let accepted = 0
  const differences = vectors.cases.flatMap(({ id, quote: quoteId, collateral: setId, now }) => {
    if (setId === null || now === null) return []
    const quote = readFileSync(`${FOLDER}${fileOf(vectors.quotes, quoteId)}`)
    const missing = { pckCrl: "", rootCaCrl: "" }
    const set = readJson(fileOf(vectors.collateral, setId)) as Collateral
    const collateral = { ...missing, ...set }

    const service = judge(quote, collateral, now)
    const chain = judgeOnChain(quote, collateral, now)

    if (service === "accept") accepted += 1
    // Behind the platform comes the event log, which is not shown here. What has another family's
    // collateral has none, before anything else of it is looked at.
    const isSame =
      chain === service ||
      (service === "accept" && chain.startsWith("log_")) ||
      (chain === "collateral_missing" && OF_OTHERS.includes(service))
    return isSame ? [] : [`${id}: ${chain}, a service says ${service}`]
  })

  expect(differences).toEqual([])
  expect(accepted).toBeGreaterThan(5)
})

function judge(quote: Uint8Array, collateral: Collateral, now: number): string {
  const root = Buffer.from(INTEL_ROOT_BASE64, "base64")
  const facts = readCollateral(collateral, root, now, nodePrimitives)
  if (!facts.ok) return facts.reason
  const parsed = parseQuote(quote, nodePrimitives)
  if (!parsed.ok) return parsed.reason
  const verified = verifyQuote(quote, facts.value, now, nodePrimitives)
  if (!verified.ok) return verified.reason
  const platform = checkPlatform(verified.value, STRICT_PLATFORM, nodePrimitives)
  return platform.ok ? "accept" : platform.reason
}

function judgeOnChain(quote: Uint8Array, collateral: Collateral, now: number): string {
  const chain = new FakeChain()
  chain.timeSeconds = now
  chain.chainId = "mainnet"
  chain.call("new", { outlayer_contract_id: "outlayer.near" })
  const updated = chain.call("update_collateral", collateralArguments(collateral))
  if (updated.error !== undefined) return codeOf(updated.error)
  chain.call("begin_registration", { public_key: KEY })
  const tdx_quote_hex = Buffer.from(quote).toString("hex")
  const call = { public_key: KEY, tdx_quote_hex, event_log: [] }
  const { error } = chain.call("register_worker_key", call)
  return codeOf(error ?? "accept: ")
}

function codeOf(message: string): string {
  return message.slice(0, Math.max(0, message.indexOf(": ")))
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(FOLDER + file, "utf8"))
}
