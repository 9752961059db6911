/** How large a contract's operands are, as finite-wasm counts. */
import { findDead, type Known, type Step } from "./linear-code.ts"
import { operators } from "./numeric.ts"
import { type FunctionTree, type Node, resultsOf, type Type } from "./tree.ts"

/** The largest sum of operand sizes, as finite-wasm counts. */
export function operandBytes(tree: FunctionTree, code: readonly Step[], known: Known): number {
  const size = (type: Type) => (type === "i32" || type === "f32" ? 4 : 8)
  const types = [...tree.params, ...tree.locals]
  const dead = findDead(code)
  const heights: number[] = []
  let stack: number[] = []
  let most = 0
  code.forEach(({ name, node, opens }, index) => {
    const move = (takes: number, gives: readonly Type[]) => {
      stack = [...stack.slice(0, Math.max(0, stack.length - takes)), ...gives.map(size)]
      most = Math.max(most, sum(stack))
    }
    const isDead = dead[index] === true
    if (name === "else" || name === "end") {
      const height = name === "end" ? (heights.pop() ?? 0) : (heights.at(-1) ?? 0)
      const opened = code[opens]?.node
      const results =
        opened !== undefined && "body" in opened ? resultsOf(opened.type) : tree.results
      if (name === "end" && dead[index + 1] === true) return
      stack = stack.slice(0, height)
      if (name === "end") move(0, results)
      return
    }
    if (name === "if" && !isDead) move(1, [])
    if (opens >= 0) heights.push(stack.length)
    if (isDead || node === undefined || opens >= 0) return
    const operator = operators.get(name)
    if (operator !== undefined) {
      if (isUnary(name)) return
      if (operator.takes.length === 2 && !isComparison(name)) return move(1, [])
      return move(operator.takes.length, [operator.gives])
    }
    move(...effectOf(node, types, known))
  })
  return most
}

/** What a contract's operator takes and gives; some that give what they took are not seen at all. */
function effectOf(
  node: Node,
  locals: readonly Type[],
  { functions, globals }: Known,
): [takes: number, gives: readonly Type[]] {
  if (node.op === "access")
    return node.name.includes("store") ? [2, []] : [1, [node.name.slice(0, 3) as Type]]
  if (node.op === "const") return [0, [node.type]]
  if (node.op === "local.get") return [0, [locals[node.index] as Type]]
  if (node.op === "global.get") return [0, [globals[node.index]?.type as Type]]
  if (node.op === "memory.size") return [0, ["i32"]]
  if (node.op === "call" || node.op === "call_indirect") {
    const callee = functions["index" in node ? node.index : node.type] as FunctionTree
    return [callee.params.length, callee.results]
  }
  return [taken[node.op] ?? 0, []]
}

const taken: Partial<Record<Node["op"], number>> = {
  "local.set": 1,
  "global.set": 1,
  drop: 1,
  br_if: 1,
  select: 2,
  "memory.fill": 3,
  "memory.copy": 3,
}

function isComparison(name: string): boolean {
  return /\.(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(name)
}

function isUnary(name: string): boolean {
  return /\.(clz|ctz|popcnt|abs|neg|sqrt|ceil|floor|trunc|nearest)$/.test(name)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
