import type { FunctionType, ValueType } from "@outlayer/metering"
import type { Call } from "./call.ts"

/**
 * A function of module `env`: its type, and what it does. Arguments arrive unsigned, i64 as bigint and i32 as number;
 * an i64 result may be any u64.
 */
export interface HostFunction {
  type: FunctionType
  run: (call: Call, ...args: never[]) => bigint | number | void
}

export type HostFunctions = Readonly<Record<string, HostFunction>>

/** With so many i64 parameters, as nearly all are. */
export function takes(count: number, run: HostFunction["run"]): HostFunction {
  return { type: { params: i64s(count), results: [] }, run }
}

export function returnsI64(count: number, run: HostFunction["run"]): HostFunction {
  return { type: { params: i64s(count), results: ["i64"] }, run }
}

export function returnsI32(count: number, run: HostFunction["run"]): HostFunction {
  return { type: { params: i64s(count), results: ["i32"] }, run }
}

export function takesI32(count: number, run: HostFunction["run"]): HostFunction {
  return { type: { params: Array<ValueType>(count).fill("i32"), results: [] }, run }
}

function i64s(count: number): ValueType[] {
  return Array<ValueType>(count).fill("i64")
}
