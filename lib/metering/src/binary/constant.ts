import { ModuleRefused } from "../module-refused.ts"
import type { ByteReader } from "./byte-reader.ts"
import { nameUnknown } from "./opcodes.ts"
import type { Rules } from "./rules.ts"
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, V128 } from "./value-types.ts"
import type { WasmModule } from "./wasm-module.ts"

/** Reads a constant expression (3.3.10) that gives one value of `type`, its `end` included. */
export function readConstant(
  module: WasmModule,
  reader: ByteReader,
  type: number,
  rules: Rules,
): void {
  const stack: number[] = []
  for (;;) {
    const opcode = reader.byte()
    if (opcode === 0x0b) break
    stack.push(readOperator(module, reader, opcode, stack, rules))
  }
  if (stack.length !== 1 || stack[0] !== type) reader.fail("a constant of another type")
}

function readOperator(
  module: WasmModule,
  reader: ByteReader,
  opcode: number,
  stack: number[],
  rules: Rules,
): number {
  const { features } = rules
  switch (opcode) {
    case 0x41:
      reader.skipSigned(32)
      return I32
    case 0x42:
      reader.skipSigned(64)
      return I64
    case 0x43:
      reader.skip(4)
      return F32
    case 0x44:
      reader.skip(8)
      return F64
    case 0xd0:
    case 0xd2:
      if (!features.has("reference_types")) break
      return opcode === 0xd0 ? readNull(reader, rules) : readFunction(module, reader)
    case 0xfd:
      if (!features.has("simd") || reader.u32() !== 0x0c) break
      reader.skip(16)
      return V128
    case 0x6a:
    case 0x6b:
    case 0x6c:
      if (!features.has("extended_constants")) break
      return arithmetic(reader, stack, I32)
    case 0x7c:
    case 0x7d:
    case 0x7e:
      if (!features.has("extended_constants")) break
      return arithmetic(reader, stack, I64)
    case 0x23:
      return readImportedGlobal(module, reader)
  }
  throw new ModuleRefused("unsupported", `${nameUnknown(opcode)} in a constant is not supported`)
}

export function readNull(reader: ByteReader, rules: Rules): number {
  const type = reader.byte()
  if (type === FUNCREF || (type === EXTERNREF && rules.features.has("extern_references"))) {
    return type
  }
  throw new ModuleRefused("unsupported", `a null of type 0x${type.toString(16)} is not supported`)
}

function readFunction(module: WasmModule, reader: ByteReader): number {
  const index = reader.u32()
  if (index >= module.functions.length) reader.fail(`unknown function ${index}`)
  module.referable[index] = 1
  return FUNCREF
}

/** Their indices stay as they are, so that constants are copied. Later editions allow the module's own, too. */
function readImportedGlobal(module: WasmModule, reader: ByteReader): number {
  const index = reader.u32()
  const global = module.globals[index]
  if (global === undefined || index >= module.imported.globals) {
    throw new ModuleRefused("unsupported", "a constant that names a global is not supported")
  }
  if (global.mutable) reader.fail("a constant that names a variable")
  return global.type
}

function arithmetic(reader: ByteReader, stack: number[], type: number): number {
  if (stack.pop() !== type || stack.pop() !== type) reader.fail("a constant's operands")
  return type
}
