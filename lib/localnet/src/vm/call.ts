import { isAccountId } from "./account-id.ts"
import type { CallContext } from "./call-context.ts"
import type { CallError, CallOutcome, ReturnedData } from "./call-outcome.ts"
import { GasCounter } from "./gas-counter.ts"
import { GuestMemory } from "./guest-memory.ts"
import { HostError } from "./host-error.ts"
import { MAX_GAS_BURNT } from "./parameters.ts"
import { PromiseSet } from "./promise-set.ts"
import { Registers } from "./registers.ts"
import type { World } from "./world.ts"

export const U64_MAX = 2n ** 64n - 1n

/** The state of one running call: what every host function works on. */
export class Call {
  readonly context: CallContext
  readonly world: World
  readonly gas: GasCounter
  readonly memory: GuestMemory
  readonly registers: Registers
  readonly promises: PromiseSet
  readonly logs: string[] = []
  readonly resumes: { dataId: Uint8Array; payload: Uint8Array }[] = []
  /** UTF-8 bytes of all logs. */
  logLength = 0
  returned: ReturnedData = { kind: "none" }
  balance: bigint
  subsidized = 0n
  storageUsage: bigint

  constructor(context: CallContext, world: World, memory: WebAssembly.Memory) {
    this.context = context
    this.world = world
    this.gas = new GasCounter(context.isView ? MAX_GAS_BURNT : context.prepaidGas)
    this.memory = new GuestMemory(this.gas, memory)
    this.registers = new Registers(this.gas)
    this.promises = new PromiseSet(world)
    this.balance = context.accountBalance + context.attachedDeposit
    this.storageUsage = context.storageUsage
  }

  /** Most host functions begin with the base fee. */
  start(): void {
    this.gas.payBase("base")
  }

  /** Those that a view may not call find that out after the fee. */
  startOutsideViews(name: string): void {
    this.start()
    this.prohibitInView(name)
  }

  prohibitInView(name: string): void {
    if (this.context.isView) throw new HostError("ProhibitedInView", { method_name: name })
  }

  /** Most data arguments: a length of 2^64 - 1 means that the pointer is a register's id. */
  read(pointer: bigint, length: bigint): Uint8Array {
    if (length === U64_MAX) return this.registers.read(pointer)
    return this.memory.read(pointer, length)
  }

  readAccountId(pointer: bigint, length: bigint): string {
    const bytes = this.read(pointer, length)
    this.gas.payBase("utf8_decoding_base")
    this.gas.payPer("utf8_decoding_byte", bytes.length)
    const accountId = decodeUtf8(bytes)
    if (!isAccountId(accountId)) throw new HostError("InvalidAccountId")
    return accountId
  }

  deductBalance(yocto: bigint): void {
    if (yocto > this.balance) throw new HostError("BalanceExceeded")
    this.balance -= yocto
  }

  outcome(error?: CallError): CallOutcome {
    return {
      burntGas: this.gas.burnt,
      usedGas: this.gas.used,
      computeUsage: this.gas.computeUsage(),
      returned: this.returned,
      logs: this.logs,
      error,
      balance: this.balance,
      subsidized: this.subsidized,
      storageUsage: this.storageUsage,
      receipts: this.promises.receipts,
      resumes: this.resumes,
      profile: this.gas.profile(),
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new HostError("BadUTF8")
  }
}
