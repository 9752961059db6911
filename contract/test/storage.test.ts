import { LIMITS } from "@outlayer/protocol/pure"
import type { NearAccount } from "near-workspaces"
import { expect } from "vitest"
import { ATTACHED, type Chain, contractTest, NEAR, TGAS, wasm } from "./contract-test.ts"
import { balanceOf, failureOf, open, opened, SOURCE } from "./requests.ts"

const PRICE = BigInt(LIMITS.storageYoctoPerByte)
const USE = { instructions: 1, time_ms: 1 }
const LONGEST = { Text: "\u0001".repeat(LIMITS.outputBytes) }

contractTest("an answer that the contract cannot stake waits until it can", async ({ chain }) => {
  const { outlayer, operator, alice } = chain
  const { id, result } = await open(chain, alice, { code_source: SOURCE })
  const rich = await open(chain, alice, { code_source: SOURCE }, NEAR / 2n)
  const settle = (request_id: number) => {
    const args = { request_id, output: LONGEST, success: true, resources_used: USE }
    const method = "submit_execution_output_and_resolve"
    return operator.callRaw(outlayer, method, args, { gas: 300n * TGAS })
  }
  // Nothing is left but what is staked, and some gas.
  const { storage_usage: bytes } = await outlayer.accountView()
  const spare = (await balanceOf(outlayer)) - BigInt(bytes) * PRICE - (NEAR * 6n) / 10n
  await outlayer.transfer(chain.owner, spare)

  expect(failureOf(await settle(id))).toMatch(/The contract has \d+ yoctoNEAR too few/)
  // Its own payment stakes it.
  expect((await settle(rich.id)).succeeded).toBe(true)
  expect((await rich.result).parseResult()).toBe(LONGEST.Text)
  await chain.owner.transfer(outlayer, spare)
  expect((await settle(id)).succeeded).toBe(true)
  expect((await result).parseResult()).toBe(LONGEST.Text)
})

contractTest("an answer that many wait for never locks the contract", async ({ chain }) => {
  const { worker, outlayer, operator, alice } = chain
  const crowd = await worker.rootAccount.devDeploy(wasm("test_assets"), {
    initialBalance: 20n * NEAR,
  })
  const before = (await outlayer.accountView()).storage_usage
  const ask = (listeners: number) => {
    const args = { outlayer_id: outlayer.accountId, listeners, request: { code_source: SOURCE } }
    const options = { attachedDeposit: ATTACHED.attachedDeposit, gas: 900n * TGAS }
    return opened(outlayer, () => alice.callRaw(crowd, "ask_for_many", args, options))
  }
  const answer = async (listeners: number) => {
    const { id, result } = await ask(listeners)
    const args = { request_id: id, output: LONGEST, success: true, resources_used: USE }
    const method = "submit_execution_output_and_resolve"
    await operator.call(outlayer, method, args, { gas: 300n * TGAS })
    const { logs } = await result
    const line = logs.find((log) => log.includes("execution_completed")) ?? ""
    return JSON.parse(line.slice("EVENT_JSON:".length)).data[0]
  }

  expect(await answer(1)).toMatchObject({ success: true })
  expect(await answer(200)).toMatchObject({ success: false, error: { code: "output_too_large" } })
  expect((await outlayer.accountView()).storage_usage).toBe(before)
})

contractTest("half of a surrogate pair in an answer harms nobody", async ({ chain }) => {
  const { id, result } = await open(chain, chain.alice, { code_source: SOURCE })
  const json = `{"request_id":${id},"success":true,"output":{"Text":"a\\ud800b"},"resources_used":{"instructions":1,"time_ms":1}}`
  const method = "submit_execution_output_and_resolve"
  await callWithText(chain, chain.operator, method, json)

  expect((await result).succeeded).toBe(true)
})

function callWithText({ outlayer }: Chain, from: NearAccount, method: string, json: string) {
  return from.callRaw(outlayer, method, Buffer.from(json), { gas: 300n * TGAS })
}
