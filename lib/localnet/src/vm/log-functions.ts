import { type Call, decodeUtf8, U64_MAX } from "./call.ts"
import { HostError, lengthExceeded } from "./host-error.ts"
import { type HostFunctions, takes, takesI32 } from "./host-function.ts"
import { LIMITS } from "./parameters.ts"

/** Logs, and panics: their texts share one budget of bytes. */
export const logFunctions: HostFunctions = {
  log_utf8: takes(2, logUtf8),
  log_utf16: takes(2, logUtf16),
  panic: takes(0, panic),
  panic_utf8: takes(2, panicUtf8),
  abort: takesI32(4, abort),
}

function logUtf8(call: Call, length: bigint, pointer: bigint): void {
  call.start()
  checkLogCount(call)
  const message = readUtf8(call, pointer, length)
  payLog(call, message)
  pushLog(call, message)
}

function logUtf16(call: Call, length: bigint, pointer: bigint): void {
  call.start()
  checkLogCount(call)
  const message = readUtf16(call, pointer, length)
  payLog(call, message)
  pushLog(call, message)
}

function panic(call: Call): void {
  call.start()
  throw new HostError("GuestPanic", { panic_msg: "explicit guest panic" })
}

function panicUtf8(call: Call, length: bigint, pointer: bigint): void {
  call.start()
  throw new HostError("GuestPanic", { panic_msg: readUtf8(call, pointer, length) })
}

/** AssemblyScript's: a string's length in bytes stands before it. */
function abort(
  call: Call,
  messagePointer: number,
  filePointer: number,
  line: number,
  column: number,
): void {
  call.start()
  if (messagePointer < 4 || filePointer < 4) throw new HostError("BadUTF16")
  checkLogCount(call)
  const messageLength = call.memory.readU32(messagePointer - 4)
  const fileLength = call.memory.readU32(filePointer - 4)
  const text = readUtf16(call, BigInt(messagePointer), BigInt(messageLength))
  const file = readUtf16(call, BigInt(filePointer), BigInt(fileLength))
  const message = `${text}, filename: "${file}" line: ${line} col: ${column}`
  payLog(call, message)
  pushLog(call, `ABORT: ${message}`)
  throw new HostError("GuestPanic", { panic_msg: message })
}

function checkLogCount(call: Call): void {
  const limit = LIMITS.max_number_logs
  if (call.logs.length >= limit) {
    throw new HostError("NumberOfLogsExceeded", { limit: BigInt(limit) })
  }
}

function payLog(call: Call, message: string): void {
  call.gas.payBase("log_base")
  call.gas.payPer("log_byte", Buffer.byteLength(message))
}

function pushLog(call: Call, message: string): void {
  const length = Buffer.byteLength(message)
  call.logLength += length
  if (call.logLength > LIMITS.max_total_log_length) throw tooLong(call, length)
  call.logs.push(message)
}

/** A length of 2^64 - 1 means that a zero byte ends the text; each byte is then read, and paid, alone. */
function readUtf8(call: Call, pointer: bigint, length: bigint): string {
  call.gas.payBase("utf8_decoding_base")
  const room = roomForText(call)
  let bytes: Uint8Array
  if (length === U64_MAX) {
    bytes = readUntilZero(call, pointer, room)
  } else {
    if (length > BigInt(room)) throw tooLong(call, length)
    bytes = call.memory.read(pointer, length)
  }
  call.gas.payPer("utf8_decoding_byte", bytes.length)
  return decodeUtf8(bytes)
}

function readUntilZero(call: Call, pointer: bigint, room: number): Uint8Array {
  const bytes: number[] = []
  for (;;) {
    const [byte = 0] = call.memory.read(pointer + BigInt(bytes.length), 1)
    if (byte === 0) return Uint8Array.from(bytes)
    if (bytes.length === room) throw tooLong(call, room + 1)
    bytes.push(byte)
  }
}

/** Unlike UTF-8, looks at the limit after reading. */
function readUtf16(call: Call, pointer: bigint, length: bigint): string {
  call.gas.payBase("utf16_decoding_base")
  const room = roomForText(call)
  const bytes =
    length === U64_MAX
      ? call.memory.readUnpaid(pointer, lengthUntilZeroPair(call, pointer, room))
      : call.memory.read(pointer, length)
  if (bytes.length % 2 !== 0) throw new HostError("BadUTF16")
  if (bytes.length > room) throw tooLong(call, bytes.length)
  call.gas.payPer("utf16_decoding_byte", bytes.length)
  const text = Buffer.from(bytes).toString("utf16le")
  if (!text.isWellFormed()) throw new HostError("BadUTF16")
  return text
}

function lengthUntilZeroPair(call: Call, pointer: bigint, room: number): number {
  for (let length = 0; ;) {
    const [low, high] = call.memory.read(pointer + BigInt(length), 2)
    if (low === 0 && high === 0) return length
    length += 2
    if (length > room) throw tooLong(call, length)
  }
}

function roomForText(call: Call): number {
  return Math.max(0, LIMITS.max_total_log_length - call.logLength)
}

function tooLong(call: Call, added: bigint | number): HostError {
  const length = BigInt(call.logLength) + BigInt(added)
  return lengthExceeded(
    "TotalLogLengthExceeded",
    length < U64_MAX ? length : U64_MAX,
    "max_total_log_length",
  )
}
