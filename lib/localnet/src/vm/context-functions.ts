import type { Call } from "./call.ts"
import { type HostFunctions, returnsI64, takes } from "./host-function.ts"

/** What a call may know of its surroundings: accounts, block, money and gas. */
export const contextFunctions: HostFunctions = {
  current_account_id: takes(1, (call: Call, register: bigint) => {
    call.start()
    writeText(call, register, call.context.currentAccountId)
  }),
  chain_id: takes(1, (call: Call, register: bigint) => {
    call.start()
    writeText(call, register, call.context.chainId)
  }),
  signer_account_id: takes(1, (call: Call, register: bigint) => {
    call.startOutsideViews("signer_account_id")
    writeText(call, register, call.context.signerAccountId)
  }),
  signer_account_pk: takes(1, (call: Call, register: bigint) => {
    call.startOutsideViews("signer_account_pk")
    call.registers.write(register, call.context.signerPublicKey)
  }),
  predecessor_account_id: takes(1, (call: Call, register: bigint) => {
    call.startOutsideViews("predecessor_account_id")
    writeText(call, register, call.context.predecessorAccountId)
  }),
  refund_to_account_id: takes(1, (call: Call, register: bigint) => {
    call.startOutsideViews("refund_to_account_id")
    writeText(call, register, call.context.refundToAccountId)
  }),
  input: takes(1, (call: Call, register: bigint) => {
    call.start()
    call.registers.writeWithoutBytes(register, call.context.input)
  }),
  random_seed: takes(1, (call: Call, register: bigint) => {
    call.start()
    call.registers.write(register, call.context.randomSeed)
  }),
  current_contract_code: returnsI64(1, currentContractCode),

  block_index: returnsI64(0, (call: Call) => {
    call.start()
    return call.context.blockHeight
  }),
  block_timestamp: returnsI64(0, (call: Call) => {
    call.start()
    return call.context.blockTimestamp
  }),
  epoch_height: returnsI64(0, (call: Call) => {
    call.start()
    return call.context.epochHeight
  }),
  storage_usage: returnsI64(0, (call: Call) => {
    call.start()
    return call.storageUsage
  }),

  account_balance: takes(1, (call: Call, pointer: bigint) => {
    call.start()
    call.memory.writeU128(pointer, call.balance)
  }),
  account_locked_balance: takes(1, (call: Call, pointer: bigint) => {
    call.start()
    call.memory.writeU128(pointer, call.context.accountLockedBalance)
  }),
  attached_deposit: takes(1, (call: Call, pointer: bigint) => {
    call.start()
    call.memory.writeU128(pointer, call.context.attachedDeposit)
  }),
  prepaid_gas: returnsI64(0, (call: Call) => {
    call.startOutsideViews("prepaid_gas")
    return call.context.prepaidGas
  }),
  used_gas: returnsI64(0, (call: Call) => {
    call.startOutsideViews("used_gas")
    return call.gas.used
  }),

  validator_stake: takes(3, validatorStake),
  validator_total_stake: takes(1, (call: Call, pointer: bigint) => {
    call.start()
    call.gas.payBase("validator_total_stake_base")
    call.memory.writeU128(pointer, call.world.totalStake())
  }),
}

function currentContractCode(call: Call, register: bigint): bigint {
  call.start()
  const contract = call.context.accountContract
  switch (contract.kind) {
    case "none":
      return 0n
    case "local":
      call.registers.write(register, contract.codeHash)
      return 1n
    case "global":
      call.registers.write(register, contract.codeHash)
      return 2n
    case "global_by_account":
      writeText(call, register, contract.accountId)
      return 3n
  }
}

function validatorStake(call: Call, length: bigint, pointer: bigint, stakePointer: bigint): void {
  call.start()
  const accountId = call.readAccountId(pointer, length)
  call.gas.payBase("validator_stake_base")
  call.memory.writeU128(stakePointer, call.world.validatorStake(accountId) ?? 0n)
}

function writeText(call: Call, register: bigint, text: string): void {
  call.registers.write(register, Buffer.from(text))
}
