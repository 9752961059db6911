import { HostError } from "./host-error.ts"
import { LIMITS } from "./parameters.ts"
import type { DraftAction, ReceiptDraft } from "./receipt-draft.ts"
import type { World } from "./world.ts"

/** A promise is a receipt to be, or several that are waited for together. */
type Promised = { receipt: number } | { joint: readonly number[] }

/** The promises of one call, by the index that the contract sees, and the receipts behind them. */
export class PromiseSet {
  readonly receipts: ReceiptDraft[] = []
  readonly #world: World
  readonly #promises: Promised[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** The receipts that a promise stands for. */
  dependencies(index: bigint): readonly number[] {
    const promise = this.#promise(index)
    return "joint" in promise ? promise.joint : [promise.receipt]
  }

  receiver(receipt: number): string {
    return this.#receipt(receipt).receiverId
  }

  receiptToReturn(index: bigint): number {
    return this.#single(index, "CannotReturnJointPromise")
  }

  receiptToRefund(index: bigint): number {
    return this.#single(index, "CannotSetRefundToOnJointPromise")
  }

  receiptToAppendTo(index: bigint): number {
    return this.#single(index, "CannotAppendActionToJointPromise")
  }

  create(receiverId: string, dependencies: readonly number[]): bigint {
    const inputDataIds = dependencies.map((dependency) => {
      const dataId = this.#world.newDataId()
      this.#receipt(dependency).outputDataReceivers.push({ dataId, receiverId })
      return dataId
    })
    return this.#pushReceipt({ ...emptyReceipt(receiverId), inputDataIds })
  }

  createYield(
    receiverId: string,
    yieldId: Uint8Array | undefined,
  ): { index: bigint; dataId: Uint8Array } {
    const dataId = this.#world.newDataId()
    const receipt = emptyReceipt(receiverId)
    receipt.isPromiseYield = true
    receipt.yieldId = yieldId
    receipt.inputDataIds = [dataId]
    return { index: this.#pushReceipt(receipt), dataId }
  }

  join(receipts: readonly number[]): bigint {
    return this.#push({ joint: receipts })
  }

  append(receipt: number, action: DraftAction): number {
    return this.#receipt(receipt).actions.push(action) - 1
  }

  action(receipt: number, index: bigint): DraftAction | undefined {
    return this.#receipt(receipt).actions[Number(index)]
  }

  setRefundTo(receipt: number, accountId: string): void {
    this.#receipt(receipt).refundTo = accountId
  }

  #pushReceipt(receipt: ReceiptDraft): bigint {
    this.receipts.push(receipt)
    return this.#push({ receipt: this.receipts.length - 1 })
  }

  #push(promise: Promised): bigint {
    const count = this.#promises.push(promise)
    const limit = LIMITS.max_promises_per_function_call_action
    if (count > limit) {
      const fields = { number_of_promises: BigInt(count), limit: BigInt(limit) }
      throw new HostError("NumberPromisesExceeded", fields)
    }
    return BigInt(count - 1)
  }

  #single(
    index: bigint,
    jointError:
      | "CannotReturnJointPromise"
      | "CannotSetRefundToOnJointPromise"
      | "CannotAppendActionToJointPromise",
  ): number {
    const promise = this.#promise(index)
    if ("joint" in promise) throw new HostError(jointError)
    return promise.receipt
  }

  #promise(index: bigint): Promised {
    const promise = this.#promises[Number(index)]
    if (promise === undefined) throw new HostError("InvalidPromiseIndex", { promise_idx: index })
    return promise
  }

  #receipt(index: number): ReceiptDraft {
    const receipt = this.receipts[index]
    if (receipt === undefined) throw new Error(`no receipt ${index}: promises name existing ones`)
    return receipt
  }
}

function emptyReceipt(receiverId: string): ReceiptDraft {
  return {
    receiverId,
    refundTo: undefined,
    isPromiseYield: false,
    yieldId: undefined,
    inputDataIds: [],
    outputDataReceivers: [],
    actions: [],
  }
}
