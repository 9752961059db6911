/** The two price lists, in words of their own. */
import { bulk, callsOthers, type Prices, type Step } from "./linear-code.ts"
import { operandBytes } from "./operand-bytes.ts"
import { operandHeight } from "./operand-height.ts"
import { type FunctionTree, TABLE_MAXIMUM, type Type } from "./tree.ts"

const jumps = ["if", "br", "br_if", "br_table", "return", "unreachable"]
const sizes: Record<Type, number> = { i32: 4, f32: 4, i64: 8, f64: 8, v128: 16 }
const frameBytes = ({ params, locals }: FunctionTree) =>
  64 + [...params, ...locals].reduce((sum, type) => sum + sizes[type], 0)

/** As nearcore prepares contracts, at protocol version 86. */
export const NEAR: Prices = {
  units: ({ name }) => (["block", "else", "end", ...bulk].includes(name) ? 0 : 1),
  ends: ({ name, node }: Step) =>
    [...jumps, ...bulk, "call", "call_indirect"].includes(name) ||
    node?.op === "access" ||
    /\.(div|rem)_[su]$/.test(name) ||
    /\.trunc_f/.test(name),
  entry: (tree) => Math.ceil(frameBytes(tree) / 8),
  bySize: (_, count) => 32 + count,
  mostUnsettled: 0,
  isStrict: true,
  stack: (tree, code, known) => frameBytes(tree) + operandBytes(tree, code, known),
}

/** `docs/fuel.md`, for a run of at most so many pages. */
export function guestPrices(maxPages: number): Prices {
  return {
    units: ({ name }) => (["block", "loop", "else", "end", "nop"].includes(name) ? 0 : 1),
    ends: ({ name }) => jumps.includes(name),
    entry: ({ locals }) => Math.floor(locals.length / 64),
    bySize: (name, count) => {
      if (name === "memory.grow") return count > maxPages ? undefined : count * 8192
      if (name === "table.grow") return count > TABLE_MAXIMUM ? undefined : count
      return name.startsWith("table") ? count : Math.ceil(count / 8)
    },
    mostUnsettled: 65_536,
    isStrict: false,
    stack: (tree, code, known) => {
      const bytes = frameBytes(tree) + 8 * operandHeight(tree, code, known)
      return callsOthers(code) || bytes > 4096 || code.length > 512 ? bytes : 0
    },
  }
}
