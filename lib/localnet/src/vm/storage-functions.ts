import type { Call } from "./call.ts"
import { lengthExceeded } from "./host-error.ts"
import { type HostFunctions, returnsI64 } from "./host-function.ts"
import { EXTRA_BYTES_OF_RECORD, LARGE_VALUE_BYTES, LIMITS } from "./parameters.ts"

export const storageFunctions: HostFunctions = {
  storage_write: returnsI64(5, storageWrite),
  storage_read: returnsI64(3, storageRead),
  storage_remove: returnsI64(3, storageRemove),
  storage_has_key: returnsI64(2, storageHasKey),
}

function storageWrite(
  call: Call,
  keyLength: bigint,
  keyPointer: bigint,
  valueLength: bigint,
  valuePointer: bigint,
  register: bigint,
): bigint {
  call.startOutsideViews("storage_write")
  call.gas.payBase("storage_write_base")
  const key = readKey(call, keyPointer, keyLength)
  const value = call.read(valuePointer, valueLength)
  if (value.length > LIMITS.max_length_storage_value) {
    throw lengthExceeded("ValueLengthExceeded", value.length, "max_length_storage_value")
  }
  call.gas.payPer("storage_write_key_byte", key.length)
  call.gas.payPer("storage_write_value_byte", value.length)
  const { evicted, trieNodes } = call.world.storageSet(key, value)
  if (evicted !== undefined) call.gas.payPer("storage_write_evicted_byte", evicted.length)
  call.gas.payPer("touching_trie_node", trieNodes)

  if (evicted === undefined) {
    call.storageUsage += recordBytes(key, value)
    return 0n
  }
  call.storageUsage += BigInt(value.length - evicted.length)
  call.registers.write(register, evicted)
  return 1n
}

function storageRead(call: Call, keyLength: bigint, keyPointer: bigint, register: bigint): bigint {
  call.start()
  call.gas.payBase("storage_read_base")
  const key = readKey(call, keyPointer, keyLength)
  call.gas.payPer("storage_read_key_byte", key.length)
  const value = call.world.storageGet(key)
  if (value === undefined) return 0n

  call.gas.payPer("storage_read_value_byte", value.length)
  if (value.length > LARGE_VALUE_BYTES) {
    call.gas.payBase("storage_large_read_overhead_base")
    call.gas.payPer("storage_large_read_overhead_byte", value.length)
  }
  call.registers.write(register, value)
  return 1n
}

function storageRemove(
  call: Call,
  keyLength: bigint,
  keyPointer: bigint,
  register: bigint,
): bigint {
  call.startOutsideViews("storage_remove")
  call.gas.payBase("storage_remove_base")
  const key = readKey(call, keyPointer, keyLength)
  call.gas.payPer("storage_remove_key_byte", key.length)
  const { evicted, trieNodes } = call.world.storageRemove(key)
  if (evicted !== undefined) call.gas.payPer("storage_remove_ret_value_byte", evicted.length)
  call.gas.payPer("touching_trie_node", trieNodes)
  if (evicted === undefined) return 0n

  call.storageUsage -= recordBytes(key, evicted)
  call.registers.write(register, evicted)
  return 1n
}

function storageHasKey(call: Call, keyLength: bigint, keyPointer: bigint): bigint {
  call.start()
  call.gas.payBase("storage_has_key_base")
  const key = readKey(call, keyPointer, keyLength)
  call.gas.payPer("storage_has_key_byte", key.length)
  return call.world.storageHas(key) ? 1n : 0n
}

function readKey(call: Call, pointer: bigint, length: bigint): Uint8Array {
  const key = call.read(pointer, length)
  if (key.length > LIMITS.max_length_storage_key) {
    throw lengthExceeded("KeyLengthExceeded", key.length, "max_length_storage_key")
  }
  return key
}

function recordBytes(key: Uint8Array, value: Uint8Array): bigint {
  return BigInt(key.length + value.length + EXTRA_BYTES_OF_RECORD)
}
