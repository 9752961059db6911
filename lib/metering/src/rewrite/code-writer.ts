/** Writes the few instruction sequences that metering adds. */
import { ByteWriter } from "../binary/byte-writer.ts"
import { OurGlobals } from "./our-globals.ts"

const NO_RESULT = 0x40
const F32_NAN = [0x43, 0x00, 0x00, 0xc0, 0x7f]
const F64_NAN = [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

export class CodeWriter extends ByteWriter {
  /** To be set before the first instruction. */
  globals = new OurGlobals(0, false)

  op(opcode: number, index: number): void {
    this.byte(opcode)
    this.u32(index)
  }

  i64(value: number): void {
    this.byte(0x42)
    this.signed(value)
  }

  i32(value: number): void {
    this.byte(0x41)
    this.signed(value)
  }

  /** Takes a constant amount of fuel from the function's copy of the counter, or from the counter where there is no copy. */
  payFuel(amount: number, copy: number | undefined): void {
    this.#getFuel(copy)
    this.i64(amount)
    this.byte(0x7d)
    if (copy === undefined) this.op(0x24, this.globals.fuel)
    else this.op(0x21, copy)
  }

  trapWhenSpent(copy: number | undefined): void {
    this.#getFuel(copy)
    this.i64(0)
    this.byte(0x53)
    this.#trapIf(copy)
  }

  /** The same where the counter is right already. */
  trapWhenShownSpent(copy: number | undefined): void {
    this.#getFuel(copy)
    this.i64(0)
    this.byte(0x53)
    this.#trapIf(undefined)
  }

  writeFuel(copy: number | undefined): void {
    if (copy === undefined) return
    this.op(0x20, copy)
    this.op(0x24, this.globals.fuel)
  }

  readFuel(copy: number | undefined): void {
    if (copy === undefined) return
    this.op(0x23, this.globals.fuel)
    this.op(0x21, copy)
  }

  #getFuel(copy: number | undefined) {
    if (copy === undefined) this.op(0x23, this.globals.fuel)
    else this.op(0x20, copy)
  }

  takeStack(bytes: number): void {
    this.op(0x23, this.globals.stack)
    this.i32(bytes)
    this.byte(0x6b)
    this.op(0x24, this.globals.stack)
  }

  trapWhenStackIsSpent(): void {
    this.op(0x23, this.globals.stack)
    this.i32(0)
    this.byte(0x48)
    this.#trapIf(undefined)
  }

  /** The first charge of a function: from the counter itself, and to the copy where there is one. */
  payFirst(amount: number, copy: number | undefined): void {
    this.op(0x23, this.globals.fuel)
    if (amount > 0) {
      this.i64(amount)
      this.byte(0x7d)
    }
    if (copy === undefined) this.op(0x24, this.globals.fuel)
    else this.op(0x21, copy)
  }

  /** A charge after which the counter is right too. */
  payAndShow(amount: number, copy: number): void {
    this.op(0x20, copy)
    this.i64(amount)
    this.byte(0x7d)
    this.op(0x22, copy)
    this.op(0x24, this.globals.fuel)
  }

  /** Takes stack, and keeps in `left` what is left. */
  takeStackTo(bytes: number, left: number): void {
    this.op(0x23, this.globals.stack)
    this.i32(bytes)
    this.byte(0x6b)
    this.op(0x22, left)
    this.op(0x24, this.globals.stack)
  }

  /** One branch for both: the sign of `fuel | stack`. */
  trapWhenEitherIsSpent(copy: number | undefined, left: number | undefined): void {
    if (copy === undefined && left === undefined) return
    if (copy !== undefined) this.op(0x20, copy)
    if (left !== undefined) {
      this.op(0x20, left)
      this.byte(0xac)
    }
    if (copy !== undefined && left !== undefined) this.byte(0x84)
    this.i64(0)
    this.byte(0x53)
    this.#trapIf(copy)
  }

  restoreStack(left: number, bytes: number): void {
    this.op(0x20, left)
    this.i32(bytes)
    this.byte(0x6a)
    this.op(0x24, this.globals.stack)
  }

  giveStackBack(bytes: number): void {
    this.op(0x23, this.globals.stack)
    this.i32(bytes)
    this.byte(0x6a)
    this.op(0x24, this.globals.stack)
  }

  /** Replaces a NaN on the stack's top by the canonical one. */
  canonical(isF32: boolean, local: number): void {
    this.op(0x22, local)
    this.copy(Uint8Array.from(isF32 ? F32_NAN : F64_NAN))
    this.op(0x20, local)
    this.op(0x20, local)
    this.byte(isF32 ? 0x5b : 0x61)
    this.byte(0x1b)
  }

  /** The same for each lane of a vector. */
  canonicalLanes(isF32: boolean, local: number): void {
    this.op(0x22, local)
    this.copy(Uint8Array.of(0xfd, 0x0c))
    for (let byte = 0; byte < 16; byte += 1) {
      const nan = isF32 ? F32_NAN : F64_NAN
      this.byte(nan[1 + (byte % (nan.length - 1))] as number)
    }
    this.op(0x20, local)
    this.op(0x20, local)
    // f32x4.eq or f64x2.eq, v128.bitselect
    this.copy(Uint8Array.of(0xfd, isF32 ? 0x41 : 0x47, 0xfd, 0x52))
  }

  #trapIf(copy: number | undefined) {
    this.byte(0x04)
    this.byte(NO_RESULT)
    this.writeFuel(copy)
    this.byte(0x00)
    this.byte(0x0b)
  }
}
