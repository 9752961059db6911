/** The contract on a fake host, for unit tests: requests are made, answered and called back. */
import { DEFAULT_PRICES, LIMITS } from "@outlayer/protocol/pure"
import { FakeHost } from "./fake-host.ts"
import { requestExecution } from "./request-execution.ts"
import * as settlement from "./settlement.ts"
import { newState, type State } from "./state.ts"

export const PAYMENT = 10n ** 23n
export const USE = { instructions: 2_000_000, time_ms: 5 }
/** Of that use, at the default prices. */
export const COST = DEFAULT_PRICES.base + 7n * 10n ** 18n

export class FakeContract {
  readonly host = new FakeHost()
  state: State = newState("owner.near", "worker.near")

  /** Makes a request as `app.near` and returns its id. */
  request(more: object = {}, payment?: bigint): number {
    this.host.attached = payment ?? PAYMENT * ("input_data" in more ? 10n : 1n)
    const id = this.state.nextRequestId
    const args = { code_source: { repo: "o/n", commit: "main" }, ...more }
    this.as("app.near", () => requestExecution(this.state, this.host, args))
    return id
  }

  resolve(request_id: number, response: unknown): void {
    this.asOperator(() =>
      settlement.resolveExecution(this.state, this.host, { request_id, response }),
    )
  }

  submit(request_id: number, output: unknown): void {
    this.asOperator(() => settlement.submitOutput(this.state, this.host, { request_id, output }))
  }

  submitAndResolve(request_id: number, more: object): void {
    const call = { request_id, success: true, resources_used: USE, ...more }
    this.asOperator(() => settlement.submitOutputAndResolve(this.state, this.host, call))
  }

  cancelAsOwner(request_id: number): void {
    this.as("owner.near", () => settlement.emergencyCancel(this.state, this.host, { request_id }))
  }

  /** Runs the callback as the chain would: with the first payload, or a failure. */
  callBack(request_id: number): string | undefined {
    this.host.result = this.loseYield(request_id)
    this.host.gas = BigInt(LIMITS.responseGas)
    const { host, state } = this
    this.as(host.self(), () => settlement.onExecutionResponse(state, host, { request_id }))
    host.result = undefined
    return host.returned
  }

  /** As after a callback that failed: the yield is gone, and all else as it was. */
  loseYield(request_id: number): string | undefined {
    const { host } = this
    const dataId = host.hex(host.sha256(host.utf8(`yield ${request_id}`)))
    const payload = host.yields.get(dataId)
    host.yields.delete(dataId)
    return payload
  }

  /** A call that panics leaves nothing. */
  as(caller: string, call: () => void): void {
    const before = { state: structuredClone(this.state), records: new Map(this.host.records) }
    this.host.caller = caller
    try {
      call()
    } catch (error) {
      this.state = before.state
      this.host.records = before.records
      throw error
    }
  }

  /** Of the last `execution_completed`. */
  completed() {
    const line = this.host.logs.findLast((log) => log.includes("execution_completed")) ?? ""
    return JSON.parse(line.slice("EVENT_JSON:".length)).data[0]
  }

  private asOperator(call: () => void): void {
    this.as("worker.near", call)
  }
}
