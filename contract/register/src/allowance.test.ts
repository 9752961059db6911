/** On the built contract: what a staker who starts anew again and again can have of the gas fund. */
import { workerReportData } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { FakeChain } from "./fake-chain.ts"
import { FakeHost } from "./fake-host.ts"
import {
  collateralArgs,
  machine,
  measurementOfMachine,
  presentQuote,
  rootOf,
} from "./fake-machine.ts"
import { DAY_NS, NEAR, newKey } from "./fake-register.ts"

const ALICE = { predecessorAccountId: "alice.near" }
const AIM_TGAS = 50

test("a staker reserves no more than his stake, and what has expired makes room", () => {
  const { call, register, enter, pki, chain } = newChain()
  call("stake", {}, { ...ALICE, attachedDeposit: 10n * NEAR })

  for (const hundredths of [500n, 250n, 125n, 100n]) {
    enter(register(), (hundredths * NEAR) / 100n)
  }
  expect(() => register()).toThrow("allowance_used_up")
  expect(call("get_config", {}).returned).toMatchObject({
    reserved_for_gas: String((975n * NEAR) / 100n),
  })

  chain.timeSeconds += Number(DAY_NS / 1_000_000_000n)
  call("update_collateral", collateralArgs(pki, chain.timeSeconds - 60))
  const before = call("get_worker", { account_id: "alice.near" }).returned
  register((tgas, receipts) => {
    expect(tgas).toBeLessThan(AIM_TGAS)
    // Two keys end, each here and in outlayer, beside the three receipts of the new one.
    expect(receipts).toBe(7)
  })
  const after = call("get_worker", { account_id: "alice.near" }).returned
  expect((before as Keys).public_keys).toHaveLength(4)
  expect((after as Keys).public_keys).toEqual((before as Keys).public_keys.slice(2))
})

interface Keys {
  public_keys: string[]
}

function newChain() {
  const chain = new FakeChain()
  const pki = machine()
  const host = new FakeHost()
  const call = (...args: Parameters<FakeChain["call"]>) => {
    const called = chain.call(...args)
    if (called.error !== undefined) throw new Error(`${args[0]}: ${called.error}`)
    return called
  }
  call("new", { outlayer_contract_id: "outlayer.near", test_root_certificate: rootOf(pki) })
  const measurement = call("add_approved_measurements", measurementOfMachine(pki)).returned
  call("update_collateral", collateralArgs(pki, chain.timeSeconds - 3600))

  function register(look?: (tgas: number, receipts: number) => void): string {
    const public_key = newKey().text
    const { nonce } = call("begin_registration", { public_key }, ALICE).returned as {
      nonce: string
    }
    const binding = { network: chain.chainId, register: "register.near", public_key, nonce }
    const presented = presentQuote(pki, workerReportData(host, binding))
    const { tgas, receipts } = call("register_worker_key", { public_key, ...presented }, ALICE)
    look?.(tgas, receipts.length)
    return public_key
  }

  /** What the receipt of a registration does; that allowance is what it was granted. */
  function enter(public_key: string, allowance: bigint): void {
    const now = BigInt(chain.timeSeconds) * 1_000_000_000n
    const record = {
      account_id: "alice.near",
      public_key,
      measurement,
      fmspc: pki.platform.fmspc,
      expires_at_ns: String(now + DAY_NS),
      allowance: String(allowance),
      reserved: String(allowance),
    }
    const data = new Uint8Array()
    const promiseResults = [{ status: "successful" as const, data }]
    const predecessorAccountId = "register.near"
    call("on_worker_entered", record, { predecessorAccountId, promiseResults })
  }

  return { chain, pki, call, register, enter }
}
