/** What the expensive calls burn, on the built contract: `node contract/register/bench/main.ts`. */
import { keystoreReportData, workerReportData } from "@outlayer/protocol/pure"
import { FakeChain } from "../src/fake-chain.ts"
import { FakeHost } from "../src/fake-host.ts"
import {
  collateralArgs,
  machine,
  measurementOfMachine,
  presentQuote,
  rootOf,
} from "../src/fake-machine.ts"
import { newKey } from "../src/fake-register.ts"

const chain = new FakeChain()
const host = new FakeHost()
const pki = machine()
const binding = { network: chain.chainId, register: "register.near" }
const burnt: [call: string, tgas: number][] = []

measure("new", { outlayer_contract_id: "outlayer.near", test_root_certificate: rootOf(pki) })
measure("add_approved_measurements", measurementOfMachine(pki))
measure("add_approved_measurements", measurementOfMachine(pki, "keystore"))
const issuedAt = chain.timeSeconds - 3600
measure("update_collateral", collateralArgs(pki, issuedAt), "the first of a family")
measure("update_collateral", collateralArgs(pki, issuedAt + 60), "an update")

for (const [version, bodyType] of [
  [4, "td1.0"],
  [5, "td1.5"],
  [5, "td1.5ex"],
] as const) {
  const public_key = newKey().text
  const nonce = begin(public_key)
  const data = workerReportData(host, { ...binding, public_key, nonce })
  const presented = presentQuote(pki, data, { version, bodyType })
  measure(
    "register_worker_key",
    { public_key, ...presented },
    `quote version ${version}, ${bodyType}`,
  )
}

const signing_key = newKey().text
const encryption_key = "ab".repeat(32)
const statement = { ...binding, signing_key, encryption_key, nonce: begin(signing_key) }
const presented = presentQuote(pki, keystoreReportData(host, statement))
measure("register_keystore", { signing_key, encryption_key, ...presented })

for (const [call, tgas] of burnt) {
  process.stdout.write(`${call.padEnd(60)} ${tgas.toFixed(1).padStart(6)} Tgas\n`)
}

function begin(public_key: string): string {
  return (measure("begin_registration", { public_key }) as { nonce: string }).nonce
}

function measure(method: string, args: unknown, note = ""): unknown {
  const { returned, error, tgas } = chain.call(method, args)
  if (error !== undefined) throw new Error(`${method}: ${error}`)
  burnt.push([note === "" ? method : `${method} (${note})`, tgas])
  return returned
}
