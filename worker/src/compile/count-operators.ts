/**
 * The slow and obvious way of counting fuel, for programs that compilers made: in the text of a module
 * a counter is raised by one before each operator that costs something, and by what docs/fuel.md says
 * of sizes and locals. It shares no code with metering, not even a reader.
 */
import { parse, print } from "@bytecodealliance/jco-transpile/wasm-tools"

/** The counter's export, an i64. */
export const COUNT = "operators"

const FREE = ["nop", "block", "loop", "else", "end"]
const BY_BYTE = ["memory.copy", "memory.fill", "memory.init"]
const BY_ELEMENT = ["table.copy", "table.fill", "table.init", "table.grow"]
const TYPE = / (?:i32|i64|f32|f64|v128|funcref|externref)(?=[ )])/g

export async function countOperators(wasm: Uint8Array, maxPages: number): Promise<Uint8Array> {
  const lines = (await print(wasm)).split("\n")
  const end = lines.findLastIndex((line) => line === ")")
  return await parse([...lines.slice(0, end).flatMap(count), counter(maxPages), ")"].join("\n"))
}

/** With what counts: before an operator, behind a function's locals. Nothing else begins in this way. */
function count(line: string): string[] {
  if (line.startsWith("    (local ")) {
    const units = Math.floor((line.match(TYPE)?.length ?? 0) / 64)
    return units === 0 ? [line] : [line, ...raise(`i64.const ${units}`)]
  }
  const [, operator] = /^ {4,}([a-z][\w.]*)/.exec(line) ?? []
  if (operator === undefined || FREE.includes(operator)) return [line]
  if (BY_ELEMENT.includes(operator)) throw new Error(`${operator} is not counted here`)
  const bySize = BY_BYTE.includes(operator) ? ["call $twin-bytes"] : []
  if (operator === "memory.grow") bySize.push("call $twin-pages")
  return ["call $twin-one", ...bySize, line]
}

/** Ends the module, so that nothing of its own moves. Sizes are given back to the operator behind. */
function counter(maxPages: number): string {
  const size = "(i64.extend_i32_u (local.get $size))"
  const bytes = `(i64.shr_u (i64.add ${size} (i64.const 7)) (i64.const 3))`
  const pages = `(i64.mul ${size} (i64.const 8192))`
  return `
  (global $twin-count (export "${COUNT}") (mut i64) (i64.const 0))
  (func $twin-one ${raise("i64.const 1").join(" ")})
  (func $twin-bytes (param $to i32) (param $from i32) (param $size i32) (result i32 i32 i32)
    ${raise(bytes).join(" ")} local.get $to local.get $from local.get $size)
  (func $twin-pages (param $size i32) (result i32)
    (if (i32.le_u (local.get $size) (i32.const ${maxPages})) (then ${raise(pages).join(" ")}))
    local.get $size)`
}

function raise(by: string): string[] {
  return ["global.get $twin-count", by, "i64.add", "global.set $twin-count"]
}
