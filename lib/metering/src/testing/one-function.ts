import { BULK, kinds, lanes, MEMORY, VECTOR } from "../binary/opcodes.ts"
import { meterForGuest, ModuleRefused } from "../index.ts"

/** A module with one function, of one operator on its parameters. `alignment` makes it an access to memory. */
export function moduleOf(
  opcode: number,
  params: readonly number[],
  result: number,
  alignment?: number,
): Uint8Array<ArrayBuffer> {
  const gets = params.flatMap((_, index) => [0x20, index])
  const access = kinds[opcode] === MEMORY ? [alignment ?? 0, 0] : []
  const lane = lanes[opcode] === 0 ? [] : [(lanes[opcode] ?? 0) - 1]
  const immediates = [...access, ...lane]
  const results = result === 0 ? [] : [result]
  return functionOf(params, results, [...gets, ...operatorBytes(opcode), ...immediates])
}

/** A module with a memory of one page and one function, whose last `end` is added. */
export function functionOf(
  params: readonly number[],
  results: readonly number[],
  code: readonly number[],
): Uint8Array<ArrayBuffer> {
  const type = [0x60, params.length, ...params, results.length, ...results]
  return Uint8Array.from([
    ...header,
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(10, [1, ...size(code.length + 2), 0, ...code, 0x0b]),
  ])
}

/** Why it is refused as a guest, if it is. */
export function asGuest(wasm: Uint8Array): string | undefined {
  try {
    meterForGuest(wasm, { maxMemoryPages: 1 })
    return undefined
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code
    throw error
  }
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** As the opcode table numbers them: 256 and more stand behind 0xfc, 512 and more behind 0xfd. */
function operatorBytes(opcode: number): number[] {
  if (opcode < 256) return [opcode]
  return opcode < VECTOR ? [0xfc, ...size(opcode - BULK)] : [0xfd, ...size(opcode - VECTOR)]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...size(content.length), ...content]
}

function size(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...size(value >>> 7)]
}
